"""The verb undo: take back what one run has written."""

import time
from dataclasses import dataclass, field
from typing import Any

import click
import psycopg
from psycopg import sql

from campaign_association.errors import WrongUsage
from campaign_association.gates import require_ops
from campaign_association.options import (
    batch_size_option,
    connection_options,
    dry_run_option,
    json_option,
    show_option,
)
from campaign_association.progress import Bar, choose_bar, silent
from campaign_association.roles import WRITER, acting_as
from campaign_association.target import Target
from campaign_association.write_back_report import show_undo
from campaign_association.write_batches import (
    DEFAULT_BATCH_SIZE,
    SNAPSHOT,
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

# The run's rows, each compared with the platform and with what was logged since.
# A row still stands when the newest row of its activity is of the run, or when all
# that came later was undone: an undo's row stands for what was before the undone one.
# All is looked up by index, row by row: what the planner expects of a run that was
# written a moment ago is far too little for anything else.
FIND_ROWS = sql.SQL(
    """
    with rows_of_run as (
        select distinct on (activity_type, activity_id)
            activity_type,
            activity_id,
            log_id,
            old_value,
            new_value
        from association_ops.write_back_log
        where run_id = {run_id}
        order by activity_type, activity_id, log_id desc
    ),

    with_newest as (
        select
            rows_of_run.*,
            newest.log_id as last_log_id,
            newest.run_id as last_run_id
        from rows_of_run
        cross join lateral (
            select log.log_id, log.run_id
            from association_ops.write_back_log as log
            where log.activity_type = rows_of_run.activity_type
                and log.activity_id = rows_of_run.activity_id
            order by log.log_id desc
            limit 1
        ) as newest
    ),

    with_standing as (
        select
            with_newest.*,
            case
                when with_newest.last_run_id = {run_id} then true
                else exists (
                    with recursive standing as (
                        select
                            with_newest.last_log_id as log_id,
                            with_newest.last_run_id as run_id
                        union all
                        select before_undone.log_id, before_undone.run_id
                        from standing
                        inner join association_ops.write_back_runs as undo_run
                            on standing.run_id = undo_run.run_id
                            and undo_run.kind = 'undo'
                            and undo_run.run_id <> {run_id}
                        cross join lateral (
                            select max(log.log_id) as log_id
                            from association_ops.write_back_log as log
                            where log.activity_type = with_newest.activity_type
                                and log.activity_id = with_newest.activity_id
                                and log.log_id < standing.log_id
                                and log.run_id = undo_run.undone_run_id
                        ) as undone
                        cross join lateral (
                            select log.log_id, log.run_id
                            from association_ops.write_back_log as log
                            where log.activity_type = with_newest.activity_type
                                and log.activity_id = with_newest.activity_id
                                and log.log_id < undone.log_id
                            order by log.log_id desc
                            limit 1
                        ) as before_undone
                    )

                    select from standing where standing.log_id = with_newest.log_id
                )
            end as stands
        from with_newest
    ),

    compared as (
        select
            with_standing.activity_type,
            with_standing.activity_id,
            platform.program_instance_id as held_program_instance_id,
            with_standing.old_value as program_instance_id,
            with_standing.last_log_id,
            case
                when platform.id is null then 'activity_missing'
                when not with_standing.stands then 'written_since'
                when platform.program_instance_id
                    is distinct from with_standing.new_value then 'changed_elsewhere'
                when with_standing.old_value is not null and instances.id is null
                    then 'instance_missing'
            end as reason
        from with_standing
        left join lateral (
            select sessions.id, sessions.program_instance_id
            from {sessions} as sessions
            where with_standing.activity_type = 'session'
                and sessions.id = with_standing.activity_id
            union all
            select matches.id, matches.program_instance_id
            from {matches} as matches
            where with_standing.activity_type = 'match'
                and matches.id = with_standing.activity_id
            union all
            select completions.id, completions.program_instance_id
            from {completions} as completions
            where with_standing.activity_type = 'completion'
                and completions.id = with_standing.activity_id
        ) as platform on true
        left join {instances} as instances
            on with_standing.old_value = instances.id
    )

    select
        *,
        case when reason is null then 'write' else 'left' end as action
    from compared
    where held_program_instance_id is distinct from program_instance_id
    """
)


@dataclass(frozen=True)
class UndoResult:
    """What an undo did, in rows; of a dry run, what it would do.

    Of the ``to_restore`` rows of ``undone_run_id`` that can be restored, ``restored``
    ones are; ``changed`` and ``vanished`` ones were lost to somebody's change or an
    instance's deletion in between. ``left_alone`` counts the others by reason; rows
    that hold the old value already are in no count. ``run_id`` is the undo's own run,
    None in a dry run or where nothing was left to undo.
    """

    run_id: int | None
    undone_run_id: int
    to_restore: int
    left_alone: dict[str, int]
    seconds: float
    restored: int = 0
    changed: int = 0
    vanished: int = 0
    differences: list[dict[str, Any]] = field(default_factory=list)

    @property
    def left(self) -> int:
        """Rows still to be restored; none after an undo that ended well."""
        return self.to_restore - self.restored - self.changed - self.vanished


def undo(
    target: Target,
    run_id: int,
    *,
    batch_size: int = DEFAULT_BATCH_SIZE,
    dry_run: bool = False,
    progress: Bar = silent,
    show: int = 20,
) -> UndoResult:
    """Restore the values from before run ``run_id`` where its own still stand.

    Values that somebody changed since, or whose old instance was deleted, are left
    and counted. Logged as a run of its own, which can be undone in turn. A dry run
    takes no lock and changes nothing. Raises :class:`WrongUsage` for an unknown run,
    :class:`Refused` while another writer is at work and :class:`CommandFailed`, with
    the rows left, when a batch could not be written.
    """
    began = time.monotonic()
    if dry_run:
        return _preview(target, run_id, show, began)
    with open_writer(target) as writer:
        with acting_as(writer, WRITER):
            with server_errors():
                _require_run(writer, run_id)
                close_dead_runs(writer)
                take_snapshot(writer, _rows_of_run(target, run_id))
                actions = count_actions(writer, SNAPSHOT)
                if not actions.to_write:
                    return UndoResult(
                        run_id=None,
                        undone_run_id=run_id,
                        to_restore=0,
                        left_alone=actions.reasons["left"],
                        seconds=time.monotonic() - began,
                    )
                undo_run_id = start_run(writer, "undo", undone_run_id=run_id)
            with progress("Undoing", actions.to_write) as advance:
                tally = write_rows(
                    writer, target, undo_run_id, batch_size=batch_size, advance=advance
                )
        if tally.written:
            analyze_log(writer)
    return UndoResult(
        run_id=undo_run_id,
        undone_run_id=run_id,
        to_restore=tally.total,
        left_alone=actions.reasons["left"],
        seconds=time.monotonic() - began,
        restored=tally.written,
        changed=tally.changed,
        vanished=tally.vanished,
    )


def _preview(target: Target, run_id: int, show: int, began: float) -> UndoResult:
    with (
        target.connect(autocommit=True) as reader,
        server_errors(),
        acting_as(reader, WRITER),
    ):
        _require_run(reader, run_id)
        rows = sql.SQL("({}) as found").format(_rows_of_run(target, run_id))
        with reader.transaction():
            reader.execute("set transaction isolation level repeatable read, read only")
            actions = count_actions(reader, rows)
            differences = first_differences(reader, rows, show)
    return UndoResult(
        run_id=None,
        undone_run_id=run_id,
        to_restore=actions.to_write,
        left_alone=actions.reasons["left"],
        seconds=time.monotonic() - began,
        differences=differences,
    )


def _rows_of_run(target: Target, run_id: int) -> sql.Composed:
    tables = {
        "sessions": "kintell_sessions",
        "matches": "buddy_matches",
        "completions": "learning_progress",
        "instances": "program_instances",
    }
    names = {
        name: sql.Identifier(target.platform_schema, table)
        for name, table in tables.items()
    }
    return FIND_ROWS.format(run_id=sql.Literal(run_id), **names)


def _require_run(connection: psycopg.Connection, run_id: int) -> None:
    require_ops(connection)
    found = connection.execute(
        "select from association_ops.write_back_runs where run_id = %s", [run_id]
    ).fetchone()
    if found is None:
        raise WrongUsage(
            f"There is no run {run_id}. The runs are in "
            "association_ops.write_back_runs."
        )


@click.command("undo")
@click.argument("run_id", type=click.IntRange(min=1, max=2**63 - 1))
@connection_options
@batch_size_option
@dry_run_option
@show_option
@json_option
def undo_command(target: Target, as_json: bool, **options: Any) -> None:
    """Take back what run RUN_ID wrote.

    Restores the values from before, except those changed since.
    """
    result = undo(target, progress=choose_bar(as_json), **options)
    show_undo(result, dry_run=options["dry_run"], as_json=as_json)
