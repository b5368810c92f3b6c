"""The verb write-back: put what the associations want into the platform's tables."""

import time
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Any

import click
import psycopg
from psycopg import sql

from campaign_association.errors import Refused
from campaign_association.gates import (
    Build,
    check_gates,
    check_large_change,
    require_relations,
)
from campaign_association.one_moment import one_moment
from campaign_association.options import (
    batch_size_option,
    connection_options,
    dry_run_option,
    json_option,
    large_change_option,
    show_option,
)
from campaign_association.progress import Bar, choose_bar, silent
from campaign_association.roles import WRITER, acting_as
from campaign_association.target import Target
from campaign_association.write_back_report import show_write_back
from campaign_association.write_batches import (
    DEFAULT_BATCH_SIZE,
    SNAPSHOT,
    Actions,
    analyze_log,
    count_actions,
    first_differences,
    take_snapshot,
    write_rows,
)
from campaign_association.write_runs import (
    close_dead_runs,
    server_errors,
    start_run,
)
from campaign_association.writer_lock import open_writer

EVERYTHING = sql.SQL("{relation}")


@dataclass(frozen=True)
class WriteBackResult:
    """What a write-back did, in rows; of a dry run, what it would do.

    ``to_write`` rows were found and ``written`` of them are written; ``changed`` ones
    were changed by somebody in between and ``vanished`` ones want an instance that
    was deleted in between: both are left alone. ``conflicts`` and ``withheld`` are
    counts by reason. A dry run has no ``run_id``; its ``differences`` hold as many
    rows as asked for, and ``refused`` says why a real one would be refused, if so.
    """

    run_id: int | None
    to_write: int
    conflicts: dict[str, int]
    withheld: dict[str, int]
    seconds: float
    written: int = 0
    changed: int = 0
    vanished: int = 0
    refused: str | None = None
    differences: list[dict[str, Any]] = field(default_factory=list)

    @property
    def left(self) -> int:
        """Rows still to be written; none after a run that ended well."""
        return self.to_write - self.written - self.changed - self.vanished


def write_back(
    target: Target,
    *,
    kind: str = "write-back",
    batch_size: int = DEFAULT_BATCH_SIZE,
    dry_run: bool = False,
    allow_large_change: bool = False,
    progress: Bar = silent,
    connection: psycopg.Connection | None = None,
    show: int = 20,
    only: sql.SQL = EVERYTHING,
) -> WriteBackResult:
    """Write what ``pending_write_backs`` says may be written, in logged batches.

    ``kind`` names the run in ``write_back_runs``. A caller that is a writer itself
    hands in the ``connection`` that holds its lock (see
    :func:`~campaign_association.writer_lock.open_writer`). A dry run takes no lock,
    changes nothing and returns the first ``show`` differences. ``only`` narrows the
    ``{relation}`` to the rows to be written. Raises
    :class:`Refused` when a gate is closed or another writer is at work and
    :class:`CommandFailed`, with the rows left, when a batch could not be written.
    """
    began = time.monotonic()
    if dry_run:
        return _preview(target, allow_large_change, show, began, only)
    with nullcontext(connection) if connection else open_writer(target) as writer:
        with acting_as(writer, WRITER):
            with server_errors():
                require_relations(writer, target)
                close_dead_runs(writer)
                build, actions = _snapshot(writer, target, allow_large_change, only)
                run_id = start_run(
                    writer,
                    kind,
                    as_of_date=build.as_of_date,
                    invocation_id=build.invocation_id,
                    conflicts=sum(actions.reasons["conflict"].values()),
                )
            with progress("Writing back", actions.to_write) as advance:
                tally = write_rows(
                    writer, target, run_id, batch_size=batch_size, advance=advance
                )
        if tally.written:
            analyze_log(writer)
    return WriteBackResult(
        run_id=run_id,
        to_write=tally.total,
        written=tally.written,
        changed=tally.changed,
        vanished=tally.vanished,
        conflicts=actions.reasons["conflict"],
        withheld=actions.reasons["withheld"],
        seconds=time.monotonic() - began,
    )


def _snapshot(
    writer: psycopg.Connection,
    target: Target,
    allow_large_change: bool,
    only: sql.SQL,
) -> tuple[Build, Actions]:
    """Check the gates and keep the rows to write, both of one moment."""
    with one_moment(writer, target):
        build = check_gates(writer, target)
        pending = only.format(relation=_pending(target))
        take_snapshot(writer, sql.SQL("select * from {}").format(pending))
        actions = count_actions(writer, SNAPSHOT)
        if not allow_large_change:
            check_large_change(writer, target, actions.overwritten)
    return build, actions


def _preview(
    target: Target, allow_large_change: bool, show: int, began: float, only: sql.SQL
) -> WriteBackResult:
    """Return what a write-back would do, from a transaction that cannot write."""
    refused = None
    pending = only.format(relation=_pending(target))
    with (
        target.connect(autocommit=True) as reader,
        server_errors(),
        acting_as(reader, WRITER),
    ):
        require_relations(reader, target)
        with one_moment(reader, target):
            reader.execute("set transaction read only")
            actions = count_actions(reader, pending)
            try:
                check_gates(reader, target)
                if not allow_large_change:
                    check_large_change(reader, target, actions.overwritten)
            except Refused as error:
                refused = error.message
            differences = first_differences(reader, pending, show)
    return WriteBackResult(
        run_id=None,
        to_write=actions.to_write,
        conflicts=actions.reasons["conflict"],
        withheld=actions.reasons["withheld"],
        seconds=time.monotonic() - began,
        refused=refused,
        differences=differences,
    )


def _pending(target: Target) -> sql.Identifier:
    return sql.Identifier(target.schema, "pending_write_backs")


@click.command("write-back")
@connection_options
@batch_size_option
@dry_run_option
@show_option
@large_change_option
@json_option
def write_back_command(target: Target, as_json: bool, **options: Any) -> None:
    """Write the links into the platform's tables."""
    result = write_back(target, progress=choose_bar(as_json), **options)
    show_write_back(result, target, dry_run=options["dry_run"], as_json=as_json)
