"""What the whole benchmark shows: tables for people, one object for programs."""

import os
from dataclasses import asdict
from typing import Any

import psutil
from rich.console import Console
from rich.table import Table

from campaign_association.benchmark.association import AssociationFigures
from campaign_association.benchmark.growth import GrowthFigures, SizedRun
from campaign_association.benchmark.incremental import (
    incremental_dict,
    show_incremental,
)
from campaign_association.benchmark.models import ModelsRun
from campaign_association.benchmark.targets import (
    Figures,
    Ratio,
    end_to_end,
    ratios,
)
from campaign_association.benchmark.writing import WritingFigures
from campaign_association.output import make_console, make_table, say


def report_dict(figures: Figures) -> dict[str, Any]:
    """Return all that was measured, for programs."""
    association, writing = figures.association, figures.writing
    growth = figures.growth
    found: dict[str, Any] = {"machine": _machine()}
    if association:
        found["association"] = {
            **asdict(association),
            "models": _models_dict(association.models),
        }
    if writing:
        found["write_back"] = asdict(writing)
    if association and writing:
        found["end_to_end"] = end_to_end(association, writing)
    if figures.incremental:
        found["incremental"] = incremental_dict(figures.incremental)
    if growth:
        found["growth"] = {
            "fixed": _sized_dict(growth.fixed),
            "runs": [_sized_dict(run) for run in growth.runs],
            "exponent": growth.exponent,
        }
    found["ratios"] = [ratio.as_dict() for ratio in ratios(figures)]
    return found


def show_machine() -> None:
    """Print what it is measured on."""
    machine = _machine()
    say(
        make_console(),
        f"{machine['cores']} cores, {machine['memory_gigabytes']} GB of memory, the "
        "embedded server and this process on them.",
    )


def show_part(part: str, figures: Figures) -> None:
    """Print the tables of a part that was measured."""
    console = make_console()
    if part == "association" and figures.association:
        _show_association(console, figures.association)
    if part == "write-back" and figures.writing:
        _show_writing(console, figures.writing, figures.association)
    if part == "incremental" and figures.incremental:
        show_incremental(figures.incremental)
    if part == "growth" and figures.growth:
        console.print(_growth_table(figures.growth))


def show_ratios(figures: Figures) -> None:
    """Print the ratios of all that was measured, with their targets."""
    make_console().print(_ratio_table(ratios(figures)))


def _machine() -> dict[str, int]:
    return {
        "cores": os.cpu_count() or 1,
        "memory_gigabytes": round(psutil.virtual_memory().total / 1024**3),
    }


def _show_association(console: Console, figures: AssociationFigures) -> None:
    models, duckdb, rate = figures.models, figures.duckdb, figures.connector
    table = make_table(
        f"Associating {figures.activities:,} activities", "way",
        "seconds", "activities a second", "peak MB",
    )  # fmt: skip
    for way, seconds, activities, peak in (
        ("models up to the associations", models.associations, True, "models"),
        ("  review queue, records", models.afterwards, False, None),
        ("  dbt's start-up", models.start_up, False, None),
        ("hand-tuned statement", figures.hand_tuned, True, "hand-tuned statement"),
        ("DuckDB, once loaded", duckdb.associate, True, "DuckDB"),
        ("  its load from PostgreSQL", duckdb.load, False, None),
        ("  its results back to it", duckdb.bring_back, False, None),
    ):
        table.add_row(
            way,
            f"{seconds:,.1f}",
            f"{figures.activities / seconds:,.0f}" if activities else "",
            f"{figures.peak_megabytes[peak]:,}" if peak else "",
        )
    extrapolated = figures.activities / figures.connector_rate
    table.add_row(
        "record by record (extrapolated)",
        f"{extrapolated:,.0f}",
        f"{figures.connector_rate:,.0f}",
        f"{figures.peak_megabytes['record by record']:,}",
    )
    console.print(table)
    say(
        console,
        "The statement came to the associations of the models in every column, DuckDB "
        "and record by record to their decisions, campaigns, instances and "
        f"confidences. Record by record was measured on {rate.records:,} activities; "
        f"with its updates it does {rate.rows_a_second:,.0f} a second.",
    )
    say(
        console,
        "Memory is the server's and this process's; while nothing runs it is "
        f"{figures.peak_megabytes['nothing']:,} MB.",
    )


def _show_writing(
    console: Console, figures: WritingFigures, association: AssociationFigures | None
) -> None:
    table = make_table(
        f"Writing {figures.links:,} links",
        "way",
        "seconds",
        "links a second",
        "peak MB",
    )
    for way, seconds in (
        ("project's writer", figures.writer),
        ("bare UPDATE", figures.bare_update),
    ):
        table.add_row(
            way,
            f"{seconds:,.1f}",
            f"{figures.links / seconds:,.0f}",
            f"{figures.peak_megabytes[way]:,}",
        )
    console.print(table)
    if association:
        seconds = end_to_end(association, figures)
        say(
            console,
            f"From tables to written ids: {seconds['project']:,.1f} s, with DuckDB and "
            f"the same writer {seconds['duckdb']:,.1f} s.",
        )
    say(
        console,
        "Before it writes, the project runs integrity tests: "
        f"{figures.integrity_tests:,} s for those of all models, counted nowhere here.",
    )


def _growth_table(figures: GrowthFigures) -> Table:
    table = make_table(
        "First runs by size", "activities", "models' seconds", "dbt's", "peak MB"
    )
    for run in (figures.fixed, *figures.runs):
        table.add_row(
            f"{run.activities:,}" + (" (fixed cost)" if run is figures.fixed else ""),
            f"{run.models.work:,.1f}",
            f"{run.models.start_up:,.1f}",
            f"{run.peak_megabytes:,}",
        )
    return table


def _ratio_table(measured: list[Ratio]) -> Table:
    table = make_table(
        "Against the targets, dbt's start-up left out", "ratio",
        "measured", "target", "",
    )  # fmt: skip
    for ratio in measured:
        table.add_row(
            ratio.name,
            f"{ratio.value:,.2f}",
            ratio.target_text,
            "met" if ratio.is_met else "not met",
        )
    return table


def _models_dict(run: ModelsRun) -> dict[str, Any]:
    return {**asdict(run), "start_up": round(run.start_up, 2)}


def _sized_dict(run: SizedRun) -> dict[str, Any]:
    return {**asdict(run), "models": _models_dict(run.models)}
