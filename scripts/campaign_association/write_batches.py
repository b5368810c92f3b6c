"""The one way values reach the platform: snapshot rows, batch by batch, all logged.

:func:`take_snapshot` keeps what a query found in a temporary table, and
:func:`write_rows` writes it. Each batch is one transaction that changes platform rows,
logs them and counts them, so that a kill loses nothing and writes nothing twice.
"""

from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import class_row, dict_row
from tenacity import (
    Retrying,
    retry_if_exception_type,
    stop_after_attempt,
    wait_random_exponential,
)

from campaign_association.errors import CommandFailed
from campaign_association.migration.tables import ACTIVITY_TABLES
from campaign_association.progress import Advance
from campaign_association.target import Target
from campaign_association.write_runs import (
    close_broken_run,
    close_run,
    primary_message,
)

DEFAULT_BATCH_SIZE = 10_000
LOCK_TIMEOUT = "3s"
ATTEMPTS = 5
LONGEST_WAIT_SECONDS = 3

SNAPSHOT = sql.Identifier("pg_temp", "write_back_rows")
PASSING_ERRORS = (
    psycopg.errors.LockNotAvailable,
    psycopg.errors.DeadlockDetected,
    psycopg.errors.SerializationFailure,
)

# A batch finds its rows by index, whatever the planner expects: it would rather read a
# whole table in every batch, or a log that grows under the statement row by row.
# It does not wait for the disk: a crash of the server takes the last batches back as a
# whole, rows and log, and closing the run makes all of them durable before it is done.
PREPARE_BATCH = """
    select
        set_config('lock_timeout', %s, true),
        set_config('enable_seqscan', 'off', true),
        set_config('enable_hashjoin', 'off', true),
        set_config('enable_mergejoin', 'off', true),
        set_config('synchronous_commit', 'off', true)
"""

# The checks are those of the snapshot, made again on the row as it is now. The writer
# lock keeps all from the log but ingestion triggers: where there never were any, nobody
# looks there. It is filled in the order of its key: its index changes page by page.
WRITE_BATCH = sql.SQL(
    """
    with batch as materialized (
        select activity_id, held_program_instance_id, program_instance_id, last_log_id
        from pg_temp.write_back_rows
        where activity_type = %(activity_type)s
            and position > %(after)s
            and position <= %(up_to)s
    ),

    -- taken so that no instance can be deleted between the look and the write
    instances as materialized (
        select id
        from association_ops.hold_program_instances(
            array(select distinct program_instance_id from batch)
        ) as held (id)
    ),

    writable as materialized (
        select *
        from batch
        where program_instance_id is null
            or program_instance_id in (select id from instances)
    ),

    written as (
        update {activities} as activities
        set program_instance_id = writable.program_instance_id
        from writable
        where activities.id = writable.activity_id
            and activities.program_instance_id
                is not distinct from writable.held_program_instance_id
            and (
                not exists (
                    select from association_ops.write_back_runs where kind = 'ingest'
                )
                or coalesce(
                    (
                        select log.log_id
                        from association_ops.write_back_log as log
                        where log.activity_type = %(activity_type)s
                            and log.activity_id = activities.id
                        order by log.log_id desc
                        limit 1
                    ),
                    0
                ) <= coalesce(writable.last_log_id, 0)
            )
        returning
            activities.id,
            writable.held_program_instance_id as old_value,
            writable.program_instance_id as new_value
    ),

    logged as (
        insert into association_ops.write_back_log (
            run_id, activity_type, activity_id, old_value, new_value
        )
        select %(run_id)s, %(activity_type)s, id, old_value, new_value
        from written
        order by id
        returning log_id
    )

    select
        (select count(*) from logged) as written,
        (select count(*) from batch) - (select count(*) from writable) as vanished,
        (select count(*) from writable) - (select count(*) from logged) as changed
    """
)


@dataclass(frozen=True)
class Actions:
    """What is to happen to differing rows, in rows.

    ``overwritten`` of the ``to_write`` rows hold a value now; ``reasons`` counts the
    others by action and reason.
    """

    to_write: int
    overwritten: int
    reasons: dict[str, dict[str, int]]


@dataclass
class Tally:
    """What became of ``total`` rows: the rest is left for a later run.

    ``changed`` rows were changed by somebody since the snapshot, ``vanished`` ones
    want an instance that was deleted since; both were left alone.
    """

    total: int
    written: int = 0
    changed: int = 0
    vanished: int = 0

    @property
    def left(self) -> int:
        """Rows not looked at yet."""
        return self.total - self.written - self.changed - self.vanished


@dataclass(frozen=True)
class Span:
    """The positions between which a type's ``rows`` lie; others' may lie there too."""

    activity_type: str
    rows: int
    first: int
    last: int


def take_snapshot(connection: psycopg.Connection, query: sql.Composable) -> None:
    """Keep the rows of ``query`` and number those to be written.

    In the order in which they are found, which is mostly that of the platform's tables:
    a batch then changes neighbouring rows, where in the order of ids it would change a
    page for each.
    ``query`` has the columns of the model ``pending_write_backs`` that matter here:
    activity_type, activity_id, held_program_instance_id, program_instance_id, action
    (``write`` is written), reason, last_log_id. Identifiers in it are not input.
    """
    connection.execute("drop table if exists pg_temp.write_back_rows")
    connection.execute(
        sql.SQL(
            """
            create temporary table write_back_rows as
            select
                found.*,
                case
                    when found.action = 'write' then
                        count(*) filter (where found.action = 'write')
                            over (rows unbounded preceding)
                end as position
            from ({query}) as found
            """
        ).format(query=query)
    )
    connection.execute("create index on pg_temp.write_back_rows (position)")
    connection.execute("analyze pg_temp.write_back_rows")


def count_actions(connection: psycopg.Connection, relation: sql.Composable) -> Actions:
    """Count the rows of the snapshot, or of anything with its columns."""
    rows = connection.execute(
        sql.SQL(
            """
            select
                action,
                reason,
                count(*),
                count(held_program_instance_id)
            from {relation}
            group by action, reason
            order by action, reason
            """
        ).format(relation=relation)
    ).fetchall()
    reasons: dict[str, dict[str, int]] = {"conflict": {}, "withheld": {}, "left": {}}
    for action, reason, count, _ in rows:
        if action != "write":
            reasons[action][reason] = count
    return Actions(
        to_write=sum(row[2] for row in rows if row[0] == "write"),
        overwritten=sum(row[3] for row in rows if row[0] == "write"),
        reasons=reasons,
    )


def first_differences(
    connection: psycopg.Connection, relation: sql.Composable, show: int
) -> list[dict[str, Any]]:
    """Return ``show`` rows of ``relation`` field by field, those to be written first.

    ``relation`` is as for :func:`count_actions`.
    """
    query = sql.SQL(
        """
        select
            activity_type,
            activity_id,
            'program_instance_id' as field,
            held_program_instance_id as held,
            program_instance_id as wanted,
            action,
            reason
        from {relation}
        order by action <> 'write', action, activity_type, activity_id
        limit %s
        """
    ).format(relation=relation)
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(query, [show]).fetchall()


def write_rows(
    connection: psycopg.Connection,
    target: Target,
    run_id: int,
    *,
    batch_size: int,
    advance: Advance,
) -> Tally:
    """Write the snapshot's numbered rows under the run and close the run.

    ``connection`` is in autocommit mode and holds the writer lock. Raises
    :class:`CommandFailed`, with the rows left, when locks stay taken after some
    attempts, on Ctrl-C and on any database error; the run says which.
    """
    spans = _spans(connection)
    tally = Tally(total=sum(span.rows for span in spans))
    try:
        for span in spans:
            for after in range(span.first - 1, span.last, batch_size):
                left = tally.left
                _write_batch(
                    connection, target, run_id, span.activity_type,
                    after, after + batch_size, tally,
                )  # fmt: skip
                advance(left - tally.left)
        close_run(connection, run_id, "done")
    except KeyboardInterrupt:
        close_broken_run(connection, target, run_id, "interrupted")
        raise CommandFailed(
            f"Interrupted. {_so_far(tally)} Run it again to go on from there."
        ) from None
    except PASSING_ERRORS as error:
        close_broken_run(connection, target, run_id, "failed")
        raise CommandFailed(
            f"Rows stayed locked by another session after {ATTEMPTS} attempts "
            f"({primary_message(error)}). {_so_far(tally)} End the other session's "
            "transaction and run it again to go on from there."
        ) from error
    except psycopg.Error as error:
        close_broken_run(connection, target, run_id, "failed")
        raise CommandFailed(
            f"The server could not write a batch: {primary_message(error)}. "
            f"{_so_far(tally)} {'May be fewer after a crash. ' * connection.broken}"
            "Mend the cause and run it again to go on from there."
        ) from error
    return tally


def analyze_log(connection: psycopg.Connection) -> None:
    """Let what reads the log next not plan for the few rows that it had before.

    Only the owner of the log may: outside :func:`~.roles.acting_as`.
    """
    # all is written by now: without it the next one is slower, no more
    with suppress(psycopg.Error):
        connection.execute("analyze association_ops.write_back_log")


def _write_batch(
    connection: psycopg.Connection,
    target: Target,
    run_id: int,
    activity_type: str,
    after: int,
    up_to: int,
    tally: Tally,
) -> None:
    """Write one batch in one transaction, again where locks were in the way."""
    statement = WRITE_BATCH.format(
        activities=sql.Identifier(
            target.platform_schema, ACTIVITY_TABLES[activity_type]
        ),
    )
    values = {
        "activity_type": activity_type,
        "after": after,
        "up_to": up_to,
        "run_id": run_id,
    }
    for attempt in Retrying(
        retry=retry_if_exception_type(PASSING_ERRORS),
        stop=stop_after_attempt(ATTEMPTS),
        wait=wait_random_exponential(multiplier=0.2, max=LONGEST_WAIT_SECONDS),
        reraise=True,
    ):
        with attempt, connection.transaction():
            connection.execute(PREPARE_BATCH, [LOCK_TIMEOUT])
            row = connection.execute(statement, values, prepare=False).fetchone()
            written, vanished, changed = row or (0, 0, 0)
            connection.execute(
                """
                update association_ops.write_back_runs
                set rows_written = rows_written + %s
                where run_id = %s
                """,
                [written, run_id],
            )
    tally.written += written
    tally.vanished += vanished
    tally.changed += changed


def _spans(connection: psycopg.Connection) -> list[Span]:
    with connection.cursor(row_factory=class_row(Span)) as cursor:
        return cursor.execute(
            """
            select
                activity_type,
                count(*) as rows,
                min(position) as first,
                max(position) as last
            from pg_temp.write_back_rows
            where position is not null
            group by activity_type
            order by activity_type
            """
        ).fetchall()


def _so_far(tally: Tally) -> str:
    return (
        f"{tally.written:,} rows are written and logged, {tally.left:,} rows are left."
    )
