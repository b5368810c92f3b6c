"""What ``run`` prints: a summary a person likes to read, or one JSON object."""

import json
from collections import Counter
from dataclasses import asdict
from typing import Any

import click
from rich.table import Table

from campaign_association.output import count, make_console, make_table
from campaign_association.run_figures import RunFigures, average_confidence
from campaign_association.target import Target
from campaign_association.write_back_report import show_write_back

NAMES = {"session": "sessions", "match": "matches", "completion": "completions"}
COUNTS = (
    "activities",
    "auto",
    "decided",
    "review",
    "unmatched",
    "written",
    "conflicts",
)


def show_run(figures: RunFigures, target: Target, *, as_json: bool) -> None:
    """Print the closing summary of a run."""
    if as_json:
        click.echo(json.dumps(asdict(figures), default=str))
        return
    console = make_console()
    console.print()
    console.print(by_type_table("Activities and their associations", figures.by_type))
    for title, rows in (
        ("Unmatched, by reason", figures.unmatched),
        ("In review, by reason", figures.review),
    ):
        if rows:
            console.print(by_reason_table(title, rows))
    console.print(_quality(figures.quality))
    if figures.warnings:
        console.print(_warnings(figures.warnings), soft_wrap=True)
    if figures.write_back:
        show_write_back(
            figures.write_back,
            target,
            dry_run=figures.write_back.run_id is None,
            as_json=False,
        )
    else:
        console.print("Nothing was written back (--no-write-back).")
    if not figures.with_metrics:
        console.print("Campaign metrics stay as they were (--no-metrics).")
    console.print(f"As of {figures.as_of_date}, in {figures.seconds:.0f} s.")


def by_type_table(title: str, rows: list[dict[str, Any]]) -> Table:
    """Return the counts of associations, a row an activity type."""
    table = make_table(title, "", "total", *COUNTS[1:], "confidence")
    for row in rows:
        name = NAMES[row["activity_type"]]
        cells = [count(row[column]) for column in COUNTS]
        table.add_row(name, *cells, f"{row['average_confidence']:.1f}")
    if rows:
        totals = [sum(row[column] for row in rows) for column in COUNTS]
        table.add_section()
        table.add_row("all", *map(count, totals), f"{average_confidence(rows):.1f}")
    return table


def by_reason_table(title: str, rows: list[dict[str, Any]]) -> Table:
    """Return how many activities there are for each reason, by type."""
    table = make_table(title, "", *NAMES.values())
    counts: dict[str, Counter[str]] = {}
    for row in rows:
        counter = counts.setdefault(row["reason"], Counter())
        counter[row["activity_type"]] += row["activities"]
    for reason, counter in sorted(counts.items(), key=lambda item: -item[1].total()):
        table.add_row(reason, *(count(counter[name]) for name in NAMES))
    return table


def _quality(rows: list[dict[str, Any]]) -> Table:
    table = make_table("Quality thresholds", "", "value")
    table.add_column("threshold")
    table.add_column("")
    for row in rows:
        is_share = (row["threshold_name"] or "").endswith("_share")
        table.add_row(
            row["figure"],
            _value(row["value"], is_share),
            _threshold(row["threshold_name"], row["threshold"], is_share),
            "[red]missed[/]" if row["is_missed"] else "[green]met[/]",
        )
    return table


def _warnings(rows: list[dict[str, Any]]) -> str:
    """Return one line: how many warnings there are by kind, and where to read them."""
    kinds = ", ".join(f"{row['warnings']:,} {row['warning']}" for row in rows)
    models = " and ".join(dict.fromkeys(row["model"] for row in rows))
    return f"Set-ups and decisions to look at: {kinds} (see {models})."


def _value(value: float | None, is_share: bool) -> str:
    if value is None:
        return "-"
    return f"{value:.1%}" if is_share else f"{value:,.0f}"


def _threshold(name: str | None, threshold: float, is_share: bool) -> str:
    if name is None:
        return "none"
    if not is_share:
        return f"below {threshold:g} ({name})"
    side = "at least" if name.startswith("min_") else "at most"
    return f"{side} {threshold:.0%} ({name})"
