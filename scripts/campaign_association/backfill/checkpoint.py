"""How far a backfill has come, as association_ops.backfills records it."""

from dataclasses import dataclass
from datetime import date

import psycopg
from psycopg.rows import dict_row

from campaign_association.backfill.scope import Scope


@dataclass(frozen=True)
class Checkpoint:
    """A backfill: its scope, its day, and how many of its chunks are associated."""

    backfill_id: int
    scope: Scope
    as_of_date: date
    activities: int
    chunks: int
    chunks_done: int


def start_backfill(
    connection: psycopg.Connection, scope: Scope, as_of_date: date
) -> int:
    """Record a backfill that starts now; what it is about is noted next."""
    row = connection.execute(
        """
        insert into association_ops.backfills (
            entity, company_id, start_date, end_date, as_of_date
        )
        values (%s, %s, %s, %s, %s)
        returning backfill_id
        """,
        [
            scope.entity,
            scope.company_id,
            scope.start_date,
            scope.end_date,
            as_of_date,
        ],
    ).fetchone()
    assert row is not None
    return row[0]


def set_size(connection: psycopg.Connection, backfill_id: int, noted: int) -> None:
    """Record how many activities were noted, and in how many chunks."""
    connection.execute(
        """
        update association_ops.backfills
        set
            activities = %s,
            chunks = (
                select coalesce(max(chunk), 0) from association_ops.backfill_activities
            )
        where backfill_id = %s
        """,
        [noted, backfill_id],
    )


def chunk_done(connection: psycopg.Connection, backfill_id: int) -> int:
    """Record that a chunk is associated; return how many activities are."""
    row = connection.execute(
        """
        with backfill as (
            update association_ops.backfills
            set chunks_done = chunks_done + 1
            where backfill_id = %s
            returning chunks_done
        )

        select count(*)
        from association_ops.backfill_activities as activities
        inner join backfill on activities.chunk = backfill.chunks_done
        """,
        [backfill_id],
    ).fetchone()
    assert row is not None
    return row[0]


def end_backfill(connection: psycopg.Connection, backfill_id: int) -> None:
    """Record that a backfill has done all of its work."""
    connection.execute(
        """
        update association_ops.backfills
        set status = 'done', finished_at = clock_timestamp()
        where backfill_id = %s
        """,
        [backfill_id],
    )


def read_checkpoint(connection: psycopg.Connection) -> Checkpoint | None:
    """Return the newest backfill if it is to be resumed; None if it is done."""
    with connection.cursor(row_factory=dict_row) as cursor:
        row = cursor.execute(
            "select * from association_ops.backfills order by backfill_id desc limit 1"
        ).fetchone()
    if row is None or row["status"] == "done":
        return None
    scope = Scope(row["entity"], row["company_id"], row["start_date"], row["end_date"])
    return Checkpoint(
        row["backfill_id"],
        scope,
        row["as_of_date"],
        row["activities"],
        row["chunks"],
        row["chunks_done"],
    )
