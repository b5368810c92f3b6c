"""Backfill: note what is in scope, associate it chunk by chunk, write it back."""

import time
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql

from campaign_association import dbt
from campaign_association.backfill.checkpoint import (
    Checkpoint,
    chunk_done,
    end_backfill,
    read_checkpoint,
    set_size,
    start_backfill,
)
from campaign_association.backfill.scope import Scope, note_activities
from campaign_association.build import build_and_test
from campaign_association.errors import CommandFailed
from campaign_association.gates import newest_build
from campaign_association.migrate import require_migrations
from campaign_association.progress import Bar, silent
from campaign_association.run import check_version
from campaign_association.run_figures import association_figures, average_confidence
from campaign_association.settings import as_of_date
from campaign_association.target import Target
from campaign_association.write_back import WriteBackResult, write_back
from campaign_association.write_batches import DEFAULT_BATCH_SIZE
from campaign_association.write_runs import server_errors
from campaign_association.writer_lock import open_writer

DEFAULT_CHUNK_SIZE = 1_000_000
# the associations and what goes with them; the last chunk builds all else, too
ASSOCIATE = (
    "build", "--select", "+association_review_queue", "+pending_write_backs",
    "--exclude-resource-type", "test", "--exclude-resource-type", "unit_test",
)  # fmt: skip
RESUME = "Mend that and run backfill --resume."
IN_SCOPE = sql.SQL(
    """
    (
        select everything.*
        from {relation} as everything
        inner join association_ops.backfill_activities as in_scope
            on everything.activity_type = in_scope.activity_type
            and everything.activity_id = in_scope.activity_id
    ) as rows_in_scope
    """
)


@dataclass(frozen=True)
class BackfillFigures:
    """What a backfill did, in rows; figures are of its scope alone.

    ``by_type``, ``unmatched`` and ``review`` are as in
    :class:`~campaign_association.run_figures.RunFigures`. ``associated`` of the
    ``activities`` were associated this time, the others before a ``--resume``.
    """

    backfill_id: int
    scope: str
    as_of_date: str
    activities: int
    associated: int
    average_confidence: float | None
    by_type: list[dict[str, Any]]
    unmatched: list[dict[str, Any]]
    review: list[dict[str, Any]]
    write_back: WriteBackResult | None
    seconds: float

    @property
    def rows_a_second(self) -> float:
        """Activities associated, written and reported on in a second."""
        return self.associated / self.seconds if self.seconds else 0.0


def backfill(
    target: Target,
    scope: Scope | None,
    *,
    batch_size: int = DEFAULT_BATCH_SIZE,
    chunk_size: int = DEFAULT_CHUNK_SIZE,
    dry_run: bool = False,
    allow_large_change: bool = False,
    progress: Bar = silent,
) -> BackfillFigures:
    """Associate the activities in scope and write them back; all else stays as it is.

    Without a scope it goes on where the newest backfill was stopped, on its day. A dry
    run associates, which is needed to know, and writes nothing to the platform. Raises
    as :func:`campaign_association.run.run` does; on Ctrl-C :class:`CommandFailed`
    says how to go on.
    """
    began = time.monotonic()
    with open_writer(target) as writer:
        check_version(writer)
        require_migrations(writer, target)
        with server_errors():
            found = _resume(writer) if scope is None else None
        if scope is not None:
            found = _start(writer, target, scope, chunk_size)
        day = found.as_of_date.isoformat()
        target = target.with_variables({"as_of_date": day})
        try:
            associated = _associate(writer, target, found, progress)
            written = _write(
                writer, target, found, batch_size, dry_run, allow_large_change, progress
            )
        except KeyboardInterrupt:
            raise CommandFailed(_interrupted(writer, found)) from None
        if not dry_run:
            end_backfill(writer, found.backfill_id)
        return _figures(
            writer, target, found, associated, written, time.monotonic() - began
        )


def _start(
    writer: psycopg.Connection, target: Target, scope: Scope, chunk_size: int
) -> Checkpoint:
    """Note what is in scope; a backfill before this one can no longer be resumed."""
    # the view of activities, as the variables want it
    dbt.build(target, ["run", "--select", "+int_activities"])
    day = as_of_date(target.variables)
    with server_errors(), writer.transaction():
        backfill_id = start_backfill(writer, scope, day)
        noted = note_activities(writer, target, scope, chunk_size)
        set_size(writer, backfill_id, noted)
    found = read_checkpoint(writer)
    assert found is not None
    return found


def _resume(writer: psycopg.Connection) -> Checkpoint:
    found = read_checkpoint(writer)
    if found is None:
        raise CommandFailed(
            "There is no backfill to resume: none was started, or the last one has "
            "ended. Start one without --resume."
        )
    return found


def _associate(
    writer: psycopg.Connection, target: Target, found: Checkpoint, progress: Bar
) -> int:
    """Build chunk by chunk; return how many activities that were."""
    building = target.with_variables({"is_backfill": True})
    associated = 0
    row = writer.execute(
        "select count(*) from association_ops.backfill_activities where chunk > %s",
        [found.chunks_done],
    ).fetchone()
    assert row is not None
    with progress("Associating", row[0]) as advance:
        for chunk in range(found.chunks_done + 1, found.chunks + 1):
            if chunk < found.chunks:
                dbt.build(building, ASSOCIATE, advice=RESUME)
            else:
                build_and_test(building, writer)
            _require_build(writer, target)
            done = chunk_done(writer, found.backfill_id)
            associated += done
            advance(done)
    return associated


def _write(
    writer: psycopg.Connection,
    target: Target,
    found: Checkpoint,
    batch_size: int,
    dry_run: bool,
    allow_large_change: bool,
    progress: Bar,
) -> WriteBackResult | None:
    if not found.chunks:
        return None
    return write_back(
        target,
        kind="backfill",
        batch_size=batch_size,
        dry_run=dry_run,
        allow_large_change=allow_large_change,
        progress=progress,
        connection=writer,
        only=IN_SCOPE,
    )


def _figures(
    writer: psycopg.Connection,
    target: Target,
    found: Checkpoint,
    associated: int,
    written: WriteBackResult | None,
    seconds: float,
) -> BackfillFigures:
    figures = {"by_type": [], "unmatched": [], "review": []}
    if found.chunks:
        figures = association_figures(writer, target, written, IN_SCOPE)
    average = average_confidence(figures["by_type"])
    return BackfillFigures(
        backfill_id=found.backfill_id,
        scope=str(found.scope),
        as_of_date=found.as_of_date.isoformat(),
        activities=found.activities,
        associated=associated,
        average_confidence=None if average is None else round(average, 1),
        write_back=written,
        seconds=seconds,
        **figures,
    )


def _require_build(writer: psycopg.Connection, target: Target) -> None:
    """Raise where dbt itself has not recorded that it did all of its work."""
    build = newest_build(writer, target)
    if build is None or build.status != "success":
        raise CommandFailed(
            "dbt ended before its work was done; see logs/dbt.log. Run backfill "
            "--resume."
        )


def _interrupted(writer: psycopg.Connection, found: Checkpoint) -> str:
    now = read_checkpoint(writer)
    done = now.chunks_done if now else found.chunks_done
    return (
        f"Interrupted: {done} of {found.chunks} chunks are associated. "
        "Go on with `campaign-association backfill --resume`."
    )
