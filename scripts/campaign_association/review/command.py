"""The verb ``review``: see who waits for a person, and have the last word."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from uuid import UUID

import click
import psycopg

from campaign_association.errors import WrongUsage
from campaign_association.options import connection_options, json_option
from campaign_association.review.arguments import (
    ACTIVITY_TYPES,
    again_option,
    decision_options,
    filter_options,
    one_activity,
    require_terminal,
    selection_arguments,
)
from campaign_association.review.decided import read_decided
from campaign_association.review.decisions import (
    Decisions,
    decide,
    withdraw_batch,
)
from campaign_association.review.locked import count_locked
from campaign_association.review.queue import Filters, read_queue, require_queue
from campaign_association.review.record import record, rehearse
from campaign_association.review.report import (
    Outcome,
    show_decided,
    show_outcome,
    show_plan,
    show_queue,
)
from campaign_association.review.siblings import count_settled
from campaign_association.review_page.command import login, page_command
from campaign_association.roles import REVIEWER, acting_as
from campaign_association.target import Target
from campaign_association.write_runs import server_errors

# rows of a list where nobody says how many
SHOWN = 20

reason_option = click.option("--reason", metavar="CODE", help="Why: a code.")


class _PageByDefault(click.Group):
    """Opens the page where no sub-command is named."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        starts_with_option = args and args[0].startswith("-")
        if not args or (starts_with_option and args[0] not in ctx.help_option_names):
            args = ["page", *args]
        return super().parse_args(ctx, args)


@click.group(cls=_PageByDefault)
def review() -> None:
    """Decide what the rules leave to a person, on a page in the browser or here.

    TYPE is session, match or completion. Decisions are applied by the next run.
    """


review.add_command(page_command)
review.add_command(login)


@review.command("list")
@connection_options
@filter_options("--reason", "--review-reason")
@click.option("--decided", is_flag=True, help="What people decided, newest first.")
@json_option
def list_command(
    target: Target, filters: Filters, decided: bool, as_json: bool
) -> None:
    """Show who waits for a person, oldest first.

    With --decided, --reason is the reviewer's code and --company and --campaign are
    those that the last run gave the activity.
    """
    if filters.limit is None:
        filters = replace(filters, limit=SHOWN)
    with _open(target) as connection:
        if decided:
            show_decided(*read_decided(connection, target, filters), as_json=as_json)
        else:
            show_queue(*read_queue(connection, target, filters), as_json=as_json)


@review.command("accept")
@selection_arguments
@connection_options
@reason_option
@decision_options
@json_option
def accept(target: Target, **options: Any) -> None:
    """Accept the best program instance that the queue names."""
    _decide(target, "accepted", **options)


@review.command("reassign")
@click.argument("kind", metavar="TYPE", type=click.Choice(ACTIVITY_TYPES))
@click.argument("activity_id", metavar="ID", type=click.UUID)
@click.argument("instance", type=click.UUID)
@connection_options
@reason_option
@again_option
@decision_options
@json_option
def reassign(target: Target, kind: str, activity_id: UUID, **options: Any) -> None:
    """Choose program instance INSTANCE for an activity."""
    selection = one_activity(kind, activity_id)
    _decide(target, "reassigned", selection=selection, **options)


@review.command("reject")
@selection_arguments
@connection_options
@click.option("--reason", metavar="CODE", required=True, help="Why: a code.")
@decision_options
@json_option
def reject(target: Target, **options: Any) -> None:
    """Say that an activity belongs to no campaign."""
    _decide(target, "rejected", **options)


@review.command("withdraw")
@click.argument(
    "kind", metavar="[TYPE]", type=click.Choice(ACTIVITY_TYPES), required=False
)
@click.argument("activity_id", metavar="[ID]", type=click.UUID, required=False)
@click.option("--batch", type=click.UUID, help="All that is left of a bulk decision.")
@connection_options
@reason_option
@decision_options
@json_option
def withdraw(
    target: Target,
    kind: str | None,
    activity_id: UUID | None,
    batch: UUID | None,
    **options: Any,
) -> None:
    """Take a decision back: the rules decide again."""
    if batch is None:
        selection = one_activity(kind, activity_id)
        _decide(target, "withdrawn", selection=selection, **options)
        return
    if kind is not None:
        raise WrongUsage("Name an activity or use --batch, not both.")

    def withdrawal(
        connection: psycopg.Connection, *, reviewer: str, reason: str | None
    ) -> Decisions:
        return withdraw_batch(
            connection, target, batch, reviewer=reviewer, reason=reason
        )

    _conclude(target, withdrawal, **options)


def _decide(
    target: Target,
    decision: str,
    *,
    yes: bool,
    dry_run: bool,
    as_json: bool,
    **options: Any,
) -> None:
    def decisions(connection: psycopg.Connection, **who: Any) -> Decisions:
        return decide(connection, target, decision, **who)

    _conclude(target, decisions, yes=yes, dry_run=dry_run, as_json=as_json, **options)


def _conclude(
    target: Target,
    make: Callable[..., Decisions],
    *,
    yes: bool,
    dry_run: bool,
    as_json: bool,
    **options: Any,
) -> None:
    """Find out what a decision does, ask, and record it."""
    asks = not (yes or dry_run)
    if asks:
        require_terminal()
    with _open(target) as connection:
        decisions = make(connection, **options)
        rehearse(connection, decisions)
        settled = count_settled(
            connection, target, decisions.activities, decisions.instances
        )
        locked = count_locked(connection, target, decisions.activities)
        outcome = Outcome(decisions, settled, locked)
        if asks:
            show_plan(outcome, as_json=as_json)
            click.confirm("Record it?", abort=True, err=True)
        if not dry_run:
            outcome = replace(outcome, ids=record(connection, decisions))
    show_outcome(outcome, planned=asks, as_json=as_json)


@contextmanager
def _open(target: Target) -> Iterator[psycopg.Connection]:
    """Open an autocommit connection with the rights of a reviewer, given a queue."""
    with (
        target.connect(autocommit=True) as connection,
        server_errors(),
        acting_as(connection, REVIEWER),
    ):
        require_queue(connection, target)
        connection.execute("set lock_timeout = '5s'")
        yield connection
