"""The verb ``benchmark``: costs side by side, in one run on one server."""

import json
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from campaign_association.benchmark.backfill import backfill_command
from campaign_association.benchmark.chart import check_chart, draw_chart
from campaign_association.benchmark.everything import PARTS, measure
from campaign_association.benchmark.incremental import incremental_command
from campaign_association.benchmark.ingest import ingest_command
from campaign_association.benchmark.playground import activities_option
from campaign_association.benchmark.report import (
    report_dict,
    show_machine,
    show_part,
    show_ratios,
)
from campaign_association.benchmark.review import review_command
from campaign_association.benchmark.targets import Figures
from campaign_association.errors import WrongUsage
from campaign_association.options import json_option

CHARTED = {"association", "growth"}


class Sizes(click.ParamType[tuple[int, ...]]):
    """Numbers of activities, separated by commas."""

    name = "N,N,..."

    def convert(self, value: Any, param: Any, ctx: Any) -> tuple[int, ...]:
        """Return the numbers."""
        if isinstance(value, tuple):
            return value
        try:
            sizes = tuple(int(part.replace("_", "")) for part in value.split(","))
        except ValueError:
            self.fail(f"{value!r} is no list such as 100000,1000000.", param, ctx)
        if len(set(sizes)) < 2 or min(sizes) <= 1000:
            self.fail("name two or more different sizes, each above 1000.", param, ctx)
        return sizes


@click.group("benchmark", invoke_without_command=True)
@activities_option(2_000_000)
@click.option(
    "--sizes",
    type=Sizes(),
    default="100000,1000000,10000000",
    show_default=True,
    help="Sizes of the platforms that growth is measured on.",
)
@click.option(
    "--records",
    type=click.IntRange(min=10),
    default=20_000,
    show_default=True,
    help="How many activities are done record by record.",
)
@click.option(
    "--only",
    type=click.Choice(PARTS),
    multiple=True,
    help="Measure this part; may be given more than once.",
)
@click.option(
    "--chart",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Draw association and growth into this PNG file.",
)
@json_option
@click.pass_context
def benchmark(
    context: click.Context,
    activities: int,
    sizes: tuple[int, ...],
    records: int,
    only: tuple[str, ...],
    chart: Path | None,
    as_json: bool,
) -> None:
    """Measure what things cost, on the embedded server, beside each other.

    Without a command: the whole report, which takes hours. It associates with the
    models, one hand-tuned statement, DuckDB and record by record; writes the links
    back; runs after changes; and grows.
    """
    if context.invoked_subcommand:
        _refuse_options(context)
        return
    parts = only or PARTS
    if chart:
        if not CHARTED & set(parts):
            raise WrongUsage("--chart shows association and growth: add one to --only.")
        check_chart(chart)
    if not as_json:
        show_machine()
    figures = Figures()
    for part, figures in measure(parts, activities, sizes, records, shown=not as_json):
        if not as_json:
            show_part(part, figures)
        if chart and part in CHARTED:
            draw_chart(figures, chart)
    if as_json:
        click.echo(json.dumps(report_dict(figures)))
    else:
        show_ratios(figures)


def _refuse_options(context: click.Context) -> None:
    """Refuse options before a command: they would be silently without effect."""
    given = [
        parameter.opts[0]
        for parameter in context.command.params
        if context.get_parameter_source(parameter.name) is ParameterSource.COMMANDLINE
    ]
    if given:
        raise WrongUsage(
            f"Options of {context.invoked_subcommand} come behind its name; "
            f"{', '.join(given)} before it would be without effect."
        )


benchmark.add_command(incremental_command)
benchmark.add_command(ingest_command)
benchmark.add_command(backfill_command)
benchmark.add_command(review_command)
