"""The verbs lock and unlock: books that are closed stay as they are.

``lock DATE`` keeps what is recorded of the activities dated before it in
``association_ops.locked_associations``, and the models take those rows from there.
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import class_row, dict_row

from campaign_association.errors import Refused, WrongUsage
from campaign_association.gates import check_gates, require_ops, require_relations
from campaign_association.one_moment import one_moment
from campaign_association.target import Target
from campaign_association.write_runs import server_errors
from campaign_association.writer_lock import open_writer

DIFFERENCES = "closed_book_differences"
# of the recorded associations, those that a lock would add
TO_LOCK = sql.SQL(
    """
    from {associations} as associations
    where associations.activity_date < %(before)s
        and not exists (
            select
            from association_ops.locked_associations as locked
            where locked.activity_type = associations.activity_type
                and locked.activity_id = associations.activity_id
        )
    """
)


@dataclass(frozen=True)
class Closing:
    """A row of ``association_ops.book_closings``.

    ``locked_before`` is None of an unlock, ``associations`` what it locked or released.
    """

    closing_id: int
    action: str
    locked_before: date | None
    associations: int
    recorded_by: str
    recorded_at: datetime


@dataclass(frozen=True)
class Books:
    """What is closed: ``closing`` is the newest lock, None while the books are open.

    ``added`` is what this command locked, ``released`` what it let go and ``locked``
    what is locked now, in associations. ``differences`` counts, by kind, what rules or
    people would now say otherwise, and ``rows`` are the first of them; None where no
    build has compared yet.
    """

    closing: Closing | None
    locked: int
    added: int = 0
    released: int = 0
    differences: dict[str, int] | None = None
    rows: list[dict[str, Any]] = field(default_factory=list)


def lock_books(target: Target, before: date) -> Books:
    """Keep the recorded associations of activities dated before a day.

    Adds to what is locked already. All of them or, where anything fails, none. Raises
    :class:`WrongUsage` where later books are closed already and :class:`Refused` for a
    day after the newest build's, where a gate of write-back is closed, or while
    another writer is at work.
    """
    with open_writer(target) as writer, server_errors():
        require_relations(writer, target)
        with one_moment(writer, target):
            build = check_gates(writer, target)
            last = _newest_lock(writer)
            if last and last.locked_before and before < last.locked_before:
                raise WrongUsage(
                    f"The books are closed before {last.locked_before} already. To "
                    f"close only those before {before}, unlock first."
                )
            if before > build.as_of_date:
                raise Refused(
                    f"The last dbt build is for {build.as_of_date}, so nothing is "
                    f"known of the days from then to {before}. Lock "
                    f"{build.as_of_date} or an earlier day, or build for a later one."
                )
            added = _lock(writer, target, before, last)
            return Books(_newest_lock(writer), _count_locked(writer), added=added)


def unlock_books(target: Target) -> Books:
    """Release everything that is locked, and log it.

    ``differences`` are those of the newest build: what the next run may change.
    """
    with open_writer(target) as writer, server_errors():
        require_ops(writer)
        if _newest_lock(writer) is None:
            return Books(None, 0)
        differences, _ = _differences(writer, target, show=0)
        with writer.transaction():
            released = writer.execute(
                "delete from association_ops.locked_associations"
            ).rowcount
            writer.execute(
                "insert into association_ops.book_closings (action, associations)"
                " values ('unlock', %s)",
                [released],
            )
    return Books(None, 0, released=released, differences=differences)


def read_books(target: Target, show: int) -> Books:
    """Return what is closed, and the first ``show`` differences."""
    with target.connect(autocommit=True) as reader, server_errors():
        require_ops(reader)
        closing = _newest_lock(reader)
        if closing is None:
            return Books(None, 0)
        differences, rows = _differences(reader, target, show)
        locked = _count_locked(reader)
        return Books(closing, locked, differences=differences, rows=rows)


def _newest_lock(connection: psycopg.Connection) -> Closing | None:
    with connection.cursor(row_factory=class_row(Closing)) as cursor:
        closing = cursor.execute(
            """
            select
                closing_id,
                action,
                locked_before,
                associations,
                recorded_by,
                recorded_at
            from association_ops.book_closings
            order by closing_id desc
            limit 1
            """
        ).fetchone()
    return closing if closing and closing.action == "lock" else None


def _lock(
    connection: psycopg.Connection, target: Target, before: date, last: Closing | None
) -> int:
    """Lock what is to be locked and return how many that are; nothing new, no row."""
    found = TO_LOCK.format(
        associations=sql.Identifier(target.schema, "campaign_associations")
    )
    row = connection.execute(
        sql.SQL("select count(*) {}").format(found), {"before": before}
    ).fetchone()
    assert row is not None
    if last and last.locked_before == before and row[0] == 0:
        return 0
    closing = connection.execute(
        """
        insert into association_ops.book_closings (action, locked_before, associations)
        values ('lock', %s, %s)
        returning closing_id
        """,
        [before, row[0]],
    ).fetchone()
    assert closing is not None
    # by name: a later version may add a column at the end of the associations; in the
    # order of the primary key, which is then filled page by page
    columns = sql.SQL(", ").join(map(sql.Identifier, _columns(connection)))
    return connection.execute(
        sql.SQL(
            "insert into association_ops.locked_associations (closing_id, {columns})"
            " select %(closing)s, {columns} {found}"
            " order by activity_type, activity_id"
        ).format(columns=columns, found=found),
        {"before": before, "closing": closing[0]},
    ).rowcount


def _columns(connection: psycopg.Connection) -> list[str]:
    """Return the columns that locked associations share with recorded ones."""
    rows = connection.execute(
        """
        select attname
        from pg_catalog.pg_attribute
        where attrelid = 'association_ops.locked_associations'::regclass
            and attnum > 0
            and not attisdropped
            and attname not in ('closing_id', 'locked_at')
        order by attnum
        """
    ).fetchall()
    return [name for (name,) in rows]


def _count_locked(connection: psycopg.Connection) -> int:
    row = connection.execute(
        "select count(*) from association_ops.locked_associations"
    ).fetchone()
    return row[0] if row else 0


def _differences(
    connection: psycopg.Connection, target: Target, show: int
) -> tuple[dict[str, int] | None, list[dict[str, Any]]]:
    """Return counts by kind, and the first rows; None where no build has compared."""
    model = sql.Identifier(target.schema, DIFFERENCES)
    try:
        counts = connection.execute(
            sql.SQL(
                "select difference, count(*) from {} group by difference"
                " order by difference"
            ).format(model)
        ).fetchall()
    except psycopg.errors.UndefinedTable:
        return None, []
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(
            sql.SQL(
                "select * from {} order by activity_date, activity_type, activity_id"
                " limit %s"
            ).format(model),
            [show],
        ).fetchall()
    return dict(counts), rows
