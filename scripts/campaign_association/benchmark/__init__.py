"""The verb ``benchmark``: costs side by side, in one run on one server."""

import click

from campaign_association.benchmark.incremental import incremental_command


@click.group("benchmark")
def benchmark() -> None:
    """Measure what things cost, on the embedded server, beside each other."""


benchmark.add_command(incremental_command)
