"""The commands ``lock`` and ``unlock``, and what they print."""

import json
from dataclasses import asdict
from datetime import datetime
from typing import Any

import click
from rich.console import Console

from campaign_association.closed_books import (
    DIFFERENCES,
    Books,
    lock_books,
    read_books,
    unlock_books,
)
from campaign_association.options import DAY, connection_options, json_option
from campaign_association.target import Target

# the kinds of closed_book_differences, in words
IN_WORDS = {
    "rules": "the rules would now say otherwise",
    "decision": "a person decided otherwise since",
    "vanished": "the activity no longer exists",
    "late": "came after the books were closed",
}


@click.command("lock")
@click.argument("before", metavar="[DATE]", required=False, type=DAY)
@connection_options
@click.option(
    "--show",
    type=click.IntRange(min=0),
    default=20,
    show_default=True,
    help="Differences to show.",
)
@json_option
def lock_command(
    target: Target, before: datetime | None, show: int, as_json: bool
) -> None:
    """Close the books before DATE: later runs keep those associations.

    Without DATE, show what is closed and what would now be otherwise.
    """
    if before:
        _show(lock_books(target, before.date()), target, as_json, _print_lock)
    else:
        _show(read_books(target, show), target, as_json, _print_books)


@click.command("unlock")
@connection_options
@json_option
def unlock_command(target: Target, as_json: bool) -> None:
    """Open the books: the next run associates all activities anew."""
    _show(unlock_books(target), target, as_json, _print_unlock)


def _show(books: Books, target: Target, as_json: bool, show: Any) -> None:
    if as_json:
        click.echo(json.dumps(asdict(books), default=str))
    else:
        show(books, target, Console(soft_wrap=True, highlight=False))


def _print_lock(books: Books, target: Target, console: Console) -> None:
    assert books.closing is not None
    before = books.closing.locked_before
    if books.added:
        console.print(f"{books.added:,} associations locked.")
    else:
        console.print("Nothing new to lock.")
    console.print(
        f"The books are closed before {before}, with {books.locked:,} associations."
    )


def _print_unlock(books: Books, target: Target, console: Console) -> None:
    if not books.released:
        console.print("The books are open.")
        return
    console.print(f"{books.released:,} associations released.")
    if books.differences is None:
        console.print("The next run may change any of them.")
    else:
        change = sum(books.differences.values())
        console.print(
            f"As of the last build, the next run changes {change:,} associations."
        )


def _print_books(books: Books, target: Target, console: Console) -> None:
    closing = books.closing
    if closing is None:
        console.print("The books are open: nothing is locked.")
        return
    console.print(
        f"The books are closed before {closing.locked_before}, since "
        f"{closing.recorded_at:%Y-%m-%d %H:%M} UTC by {closing.recorded_by}, with "
        f"{books.locked:,} associations."
    )
    if books.differences is None:
        console.print(
            f"{target.schema}.{DIFFERENCES} does not exist yet. Run `dbt build` (or "
            "`campaign-association run`) to see what would now be otherwise."
        )
        return
    total = sum(books.differences.values())
    console.print(f"{total:,} would now be otherwise, as of the last build.")
    for kind, count in books.differences.items():
        console.print(f"  {count:,} {kind} ({IN_WORDS.get(kind, kind)})")
    _print_rows(books.rows, console)
    if len(books.rows) < total:
        console.print(f"All of them are in {target.schema}.{DIFFERENCES}.")


def _print_rows(rows: list[dict[str, Any]], console: Console) -> None:
    for row in rows:
        was = _link(row, "locked")
        console.print(
            f"  {row['activity_type']} {row['activity_id']} of {row['activity_date']}, "
            f"{row['difference']}: {was} stays, now {_link(row, 'current')}"
        )


def _link(row: dict[str, Any], side: str) -> str:
    decision = row[f"{side}_decision"]
    if decision is None:
        return "nothing"
    campaign = row[f"{side}_campaign_id"]
    place = f" campaign {campaign}" if campaign else ""
    instance = row[f"{side}_program_instance_id"]
    return f"{decision}{place}" + (f" instance {instance}" if instance else "")
