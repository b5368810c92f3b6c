"""The command line of ``backfill``."""

import json
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

import click

from campaign_association.backfill.backfill import (
    DEFAULT_CHUNK_SIZE,
    BackfillFigures,
    backfill,
)
from campaign_association.backfill.scope import ENTITIES, Scope
from campaign_association.errors import WrongUsage
from campaign_association.options import (
    DAY,
    batch_size_option,
    connection_options,
    json_option,
    large_change_option,
)
from campaign_association.output import make_console
from campaign_association.progress import choose_bar
from campaign_association.run_report import by_reason_table, by_type_table
from campaign_association.target import Target
from campaign_association.write_back_report import show_write_back


@click.command("backfill")
@connection_options
@click.option(
    "--entity", type=click.Choice(list(ENTITIES)), help="Kind of activity.  [all]"
)
@click.option("--company", type=click.UUID, help="Only what its people took part in.")
@click.option("--start-date", type=DAY, metavar="DATE", help="First day, 2026-01-31.")
@click.option("--end-date", type=DAY, metavar="DATE", help="Last day.")
@click.option("--resume", is_flag=True, help="Go on with the last one, stopped before.")
@click.option(
    "--dry-run",
    is_flag=True,
    help="Associate, show what would be written to the platform.",
)
@large_change_option
@batch_size_option
@click.option(
    "--chunk-size",
    type=click.IntRange(min=1000),
    default=DEFAULT_CHUNK_SIZE,
    show_default=True,
    help="Activities that are associated at once.",
)
@json_option
def backfill_command(
    target: Target,
    entity: str | None,
    company: UUID | None,
    start_date: datetime | None,
    end_date: datetime | None,
    resume: bool,
    as_json: bool,
    **options: Any,
) -> None:
    """Associate a part of history and write it back.

    It can be stopped at any time, and goes on with --resume.
    """
    scope = Scope(
        entity or "all",
        company,
        start_date.date() if start_date else None,
        end_date.date() if end_date else None,
    )
    if resume and (entity or scope != Scope()):
        raise WrongUsage(
            "--resume goes on with the scope of the last backfill: leave out "
            "--entity, --company, --start-date and --end-date."
        )
    if scope.start_date and scope.end_date and scope.start_date > scope.end_date:
        raise WrongUsage(
            f"--start-date {scope.start_date} is after --end-date {scope.end_date}."
        )
    figures = backfill(
        target,
        None if resume else scope,
        progress=choose_bar(as_json),
        **options,
    )
    if as_json:
        click.echo(
            json.dumps(
                {**asdict(figures), "rows_a_second": round(figures.rows_a_second, 1)},
                default=str,
            )
        )
    else:
        _show(figures, target, dry_run=options["dry_run"])


def _show(figures: BackfillFigures, target: Target, *, dry_run: bool) -> None:
    console = make_console()
    console.print()
    if not figures.activities:
        console.print(f"There is nothing in scope: {figures.scope}.")
        return
    console.print(by_type_table(f"Backfill of {figures.scope}", figures.by_type))
    for title, rows in (
        ("Unmatched, by reason", figures.unmatched),
        ("In review, by reason", figures.review),
    ):
        if rows:
            console.print(by_reason_table(title, rows))
    if figures.write_back:
        show_write_back(figures.write_back, target, dry_run=dry_run, as_json=False)
    console.print(
        f"Backfill {figures.backfill_id}, as of {figures.as_of_date}: "
        f"{figures.associated:,} of {figures.activities:,} activities associated in "
        f"{figures.seconds:.0f} s, {figures.rows_a_second:,.0f} a second."
    )
    if dry_run:
        console.print("To write it: campaign-association backfill --resume")
