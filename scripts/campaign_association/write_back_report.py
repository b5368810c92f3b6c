"""What write-back and undo print, for people and for programs."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console

from campaign_association.target import Target

if TYPE_CHECKING:
    from campaign_association.undo import UndoResult
    from campaign_association.write_back import WriteBackResult

# the reasons of pending_write_backs and of undo, in words
IN_WORDS = {
    "foreign_value": "a value that was never ours",
    "changed_elsewhere": "ours once, changed by somebody else",
    "cleared_elsewhere": "ours once, cleared by somebody else",
    "undone": "undone, until the decision changes or a person accepts it",
    "instance_missing": "the program instance no longer exists",
    "written_since": "written again by a later run",
    "activity_missing": "the activity no longer exists",
}


def show_write_back(
    result: "WriteBackResult", target: Target, *, dry_run: bool, as_json: bool
) -> None:
    """Print a write-back's result."""
    if as_json:
        _print_json(result)
        return
    console = Console(soft_wrap=True, highlight=False)
    if dry_run:
        console.print(f"Would write {result.to_write:,} values. Nothing was written.")
        _print_differences(console, result.differences)
    else:
        console.print(
            f"Run {result.run_id}: {result.written:,} values written "
            f"in {result.seconds:.1f} s."
        )
        _print_left_alone(console, result.changed, result.vanished)
    _print_reasons(console, "conflicts, not overwritten", result.conflicts)
    _print_reasons(console, "withheld", result.withheld)
    if result.conflicts or result.withheld:
        console.print(f"Each one is in {target.schema}.pending_write_backs.")
    if result.refused:
        Console(stderr=True, soft_wrap=True, highlight=False).print(
            f"[yellow]A write-back would be refused:[/] {result.refused}"
        )


def show_undo(result: "UndoResult", *, dry_run: bool, as_json: bool) -> None:
    """Print an undo's result."""
    if as_json:
        _print_json(result)
        return
    console = Console(soft_wrap=True, highlight=False)
    if dry_run:
        console.print(
            f"Would restore {result.to_restore:,} values of run "
            f"{result.undone_run_id}. Nothing was written."
        )
        _print_differences(console, result.differences)
    elif not result.to_restore:
        console.print(f"Nothing left to undo of run {result.undone_run_id}.")
    else:
        console.print(
            f"Run {result.run_id}: {result.restored:,} values of run "
            f"{result.undone_run_id} restored in {result.seconds:.1f} s."
        )
        _print_left_alone(console, result.changed, result.vanished)
    _print_reasons(console, "left as they are", result.left_alone)


def _print_json(result: Any) -> None:
    click.echo(json.dumps(asdict(result) | {"left": result.left}, default=str))


def _print_differences(console: Console, rows: list[dict[str, Any]]) -> None:
    for row in rows:
        held, wanted = row["held"] or "NULL", row["wanted"] or "NULL"
        note = f" ({row['action']}: {row['reason']})" if row["reason"] else ""
        console.print(
            f"  {row['activity_type']} {row['activity_id']} {row['field']}: "
            f"{held} -> {wanted}{note}"
        )


def _print_left_alone(console: Console, changed: int, vanished: int) -> None:
    if changed:
        console.print(f"{changed:,} left alone: changed by somebody meanwhile.")
    if vanished:
        console.print(f"{vanished:,} skipped: their instance was deleted meanwhile.")


def _print_reasons(console: Console, title: str, counts: Mapping[str, int]) -> None:
    if counts:
        console.print(f"{sum(counts.values()):,} {title}:")
    for reason, count in counts.items():
        console.print(f"  {count:,} {reason} ({IN_WORDS.get(reason, reason)})")
