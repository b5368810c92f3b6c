"""The verb ``benchmark``: costs side by side, in one run on one server."""

import click

from campaign_association.benchmark.backfill import backfill_command
from campaign_association.benchmark.incremental import incremental_command
from campaign_association.benchmark.ingest import ingest_command
from campaign_association.benchmark.review import review_command


@click.group("benchmark")
def benchmark() -> None:
    """Measure what things cost, on the embedded server, beside each other."""


benchmark.add_command(incremental_command)
benchmark.add_command(ingest_command)
benchmark.add_command(backfill_command)
benchmark.add_command(review_command)
