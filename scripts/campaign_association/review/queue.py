"""Who waits for a person, and where an activity stands."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import psycopg
from psycopg import sql
from psycopg.rows import class_row, dict_row

from campaign_association.errors import CommandFailed
from campaign_association.gates import BUILD_AGAIN, relation_exists, require_ops
from campaign_association.target import Target

ORDERS = {
    "oldest": sql.SQL("activity_date, activity_type, activity_id"),
    "confidence": sql.SQL(
        "confidence desc, margin desc nulls first, activity_type, activity_id"
    ),
}

LATEST = sql.SQL(
    """
    select *
    from association_ops.review_decisions as decisions
    where decisions.activity_type = {rows}.activity_type
        and decisions.activity_id = {rows}.activity_id
    order by decisions.decision_id desc
    limit 1
    """
)
# The queue is as the last run left it. An activity that somebody decided since waits
# no longer, but a decision that was void when the run began settles nothing.
QUEUE = sql.SQL(
    """
    with latest as (
        select
            queue.*,
            decisions.decision_id,
            coalesce(
                decisions.decision <> 'withdrawn'
                and (
                    queue.review_reason <> 'stale_decision'
                    or decisions.decided_at >= queue.waiting_since
                ),
                false
            ) as is_decided
        from {queue} as queue
        left join lateral ({latest}) as decisions on true
        where {among}
    )

    select * from latest
    """
)


# what Filters let through, of rows like the queue's; asdict gives the parameters
FILTERED = sql.SQL(
    """
    (%(company)s::uuid is null or company_id = %(company)s)
    and (%(campaign)s::uuid is null or campaign_id = %(campaign)s)
    and (%(activity_type)s::text is null or activity_type = %(activity_type)s)
    and (%(reason)s::text is null or review_reason = %(reason)s)
    and (
        %(older_than)s::integer is null
        or activity_date < current_date - %(older_than)s::integer
    )
    and (
        %(newer_than)s::integer is null
        or activity_date > current_date - %(newer_than)s::integer
    )
    and (%(min_confidence)s::integer is null or confidence >= %(min_confidence)s)
    and (%(max_confidence)s::integer is null or confidence <= %(max_confidence)s)
    """
)


class Activity(NamedTuple):
    """The key of an activity."""

    activity_type: str
    activity_id: UUID

    def __str__(self) -> str:
        return f"{self.activity_type} {self.activity_id}"


@dataclass(frozen=True)
class Filters:
    """Which activities; None is no filter. ``order`` is one of :data:`ORDERS`.

    ``reason`` is why they wait or, of decided ones, the reviewer's code. ``older_than``
    and ``newer_than`` are in days before today.
    """

    company: UUID | None = None
    campaign: UUID | None = None
    activity_type: str | None = None
    reason: str | None = None
    limit: int | None = None
    order: str = "oldest"
    older_than: int | None = None
    newer_than: int | None = None
    min_confidence: int | None = None
    max_confidence: int | None = None


@dataclass(frozen=True)
class Standing:
    """Where an activity stands: in the queue or not, and its latest decision.

    ``is_decided`` is true when that decision settles it.
    """

    activity_type: str
    activity_id: UUID
    is_waiting: bool
    is_decided: bool
    best_program_instance_id: UUID | None
    decision_id: int | None
    decision: str | None
    reviewer: str | None
    decided_at: datetime | None

    @property
    def activity(self) -> Activity:
        """The activity's key."""
        return Activity(self.activity_type, self.activity_id)


def require_queue(connection: psycopg.Connection, target: Target) -> None:
    """Raise :class:`CommandFailed` where migrations or the queue are missing."""
    require_ops(connection)
    if not relation_exists(connection, target.schema, "association_review_queue"):
        raise CommandFailed(
            f"{target.schema}.association_review_queue does not exist. {BUILD_AGAIN}"
        )


def read_queue(
    connection: psycopg.Connection, target: Target, filters: Filters
) -> tuple[list[dict[str, Any]], int]:
    """Return rows of the queue that nobody decided since, and how many there are."""
    query = sql.SQL(
        """
        select *, count(*) over () as total
        from ({queue}) as waiting
        where not is_decided and {filtered}
        order by {order}
        limit %(limit)s
        """
    ).format(queue=queue_of(target), filtered=FILTERED, order=ORDERS[filters.order])
    return rows_and_total(
        connection, query, filters, hidden=("is_decided", "decision_id")
    )


def read_standings(
    connection: psycopg.Connection, target: Target, activities: Sequence[Activity]
) -> list[Standing]:
    """Return where activities stand, in their order."""
    query = sql.SQL(
        """
        select
            asked.activity_type,
            asked.activity_id,
            queue.activity_id is not null as is_waiting,
            coalesce(
                queue.is_decided, decisions.decision <> 'withdrawn', false
            ) as is_decided,
            queue.best_program_instance_id,
            decisions.decision_id,
            decisions.decision,
            decisions.reviewer,
            decisions.decided_at
        from unnest(%(types)s::text[], %(ids)s::uuid[]) with ordinality
            as asked (activity_type, activity_id, place)
        left join ({queue}) as queue
            on asked.activity_type = queue.activity_type
            and asked.activity_id = queue.activity_id
        left join lateral ({latest}) as decisions on true
        order by asked.place
        """
    ).format(queue=queue_of(target, ASKED), latest=latest_decision_of("asked"))
    with connection.cursor(row_factory=class_row(Standing)) as cursor:
        return cursor.execute(query, keys_of(activities)).fetchall()


# rows of the queue that are among the parameters of keys_of
ASKED = sql.SQL(
    """
    (queue.activity_type, queue.activity_id) in (
        select * from unnest(%(types)s::text[], %(ids)s::uuid[])
    )
    """
)
EVERYTHING = sql.SQL("true")


def queue_of(target: Target, among: sql.Composable = EVERYTHING) -> sql.Composed:
    """Return the query for the queue with what people decided since.

    ``among`` is a condition on its rows, as ``queue``: latest decisions are looked up
    for those alone that it holds for.
    """
    queue = sql.Identifier(target.schema, "association_review_queue")
    latest = latest_decision_of("queue")
    return QUEUE.format(queue=queue, latest=latest, among=among)


def latest_decision_of(rows: str) -> sql.Composed:
    """Return the lateral query for the latest decision about each row of ``rows``."""
    return LATEST.format(rows=sql.Identifier(rows))


def keys_of(activities: Sequence[Activity]) -> dict[str, list[Any]]:
    """Return the keys of activities as two parameters for ``unnest``."""
    return {
        "types": [activity.activity_type for activity in activities],
        "ids": [activity.activity_id for activity in activities],
    }


def rows_and_total(
    connection: psycopg.Connection,
    query: sql.Composed,
    filters: Filters,
    hidden: Sequence[str] = (),
) -> tuple[list[dict[str, Any]], int]:
    """Run a list's query; return its rows and its column ``total``."""
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(query, asdict(filters)).fetchall()
    total = rows[0]["total"] if rows else 0
    unwanted = {"total", *hidden}
    return [
        {name: value for name, value in row.items() if name not in unwanted}
        for row in rows
    ], total
