"""The parts of the whole report, measured one after the other."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

from campaign_association.benchmark.association import measure_association
from campaign_association.benchmark.duck import open_duckdb
from campaign_association.benchmark.growth import measure_growth
from campaign_association.benchmark.incremental import measure_incremental
from campaign_association.benchmark.playground import playground, settle
from campaign_association.benchmark.targets import Figures
from campaign_association.benchmark.writing import measure_writing

PARTS = ("association", "write-back", "incremental", "growth")


def measure(
    parts: Collection[str],
    activities: int,
    sizes: Sequence[int],
    records: int,
    *,
    shown: bool,
) -> Iterator[tuple[str, Figures]]:
    """Measure the named parts; yield each, when it is done, with all figures so far.

    Association and write-back share a platform. Raises
    :class:`~campaign_association.errors.CommandFailed` where results differ or a
    package is missing.
    """
    figures = Figures()
    if "association" in parts:
        # where it is missing, say so before anything is made up
        with open_duckdb():
            pass
    if {"association", "write-back"} & set(parts):
        with (
            playground(activities, shown=shown) as target,
            target.connect(autocommit=True) as connection,
        ):
            settle(connection)
            if "association" in parts:
                association = measure_association(
                    connection, target, activities, records, shown=shown
                )
                figures = replace(figures, association=association)
                yield "association", figures
            if "write-back" in parts:
                writing = measure_writing(connection, target, shown=shown)
                figures = replace(figures, writing=writing)
                yield "write-back", figures
    if "incremental" in parts:
        incremental = measure_incremental(activities, shown=shown)
        figures = replace(figures, incremental=incremental)
        yield "incremental", figures
    if "growth" in parts:
        growth = measure_growth(sizes, shown=shown)
        yield "growth", replace(figures, growth=growth)
