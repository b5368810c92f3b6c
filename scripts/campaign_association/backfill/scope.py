"""Which activities a backfill is about, found by index where there is a filter."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import psycopg
from psycopg import sql

from campaign_association.migration.tables import ACTIVITY_TABLES
from campaign_association.target import Target

ENTITIES = {
    "sessions": ("session",),
    "matches": ("match",),
    "completions": ("completion",),
    "all": ("session", "match", "completion"),
}
# the columns by which rows are found; what they mean is the models' business
MOMENTS = {
    "session": ("completed_at", "scheduled_at"),
    "match": ("matched_at",),
    "completion": ("completed_at",),
}
PEOPLE = {
    "session": ("participant_id", "volunteer_id"),
    "match": ("participant_id", "buddy_id"),
    "completion": ("user_id",),
}
# a calendar date in a time zone is at most this far from the same date in another
MARGIN = "2 days"

NOTE_ACTIVITIES = sql.SQL(
    """
    insert into association_ops.backfill_activities (chunk, activity_type, activity_id)
    select
        (row_number() over (
            order by activity_type, activity_date, activity_id
        ) - 1) / {chunk_size} + 1,
        activity_type,
        activity_id
    from ({activities}) as activities
    order by activity_type, activity_date, activity_id
    """
)
# the write-back works with the writer's rights; the role may be younger than the table
LET_WRITER_READ = """
    do $$
    begin
        if exists (select from pg_roles where rolname = 'association_writer') then
            grant select on association_ops.backfill_activities to association_writer;
        end if;
    end
    $$
"""
OF_TYPE = sql.SQL(
    """
    select activity_type, activity_date, activity_id
    from {activities}
    where activity_type = {activity_type}
    """
)
# looked up one by one: with a join, all activities would be read
OF_TYPE_FOUND = sql.SQL(
    """
    select there.activity_type, there.activity_date, there.activity_id
    from ({found}) as found
    cross join lateral (
        select activity_type, activity_date, activity_id
        from {activities}
        where activity_type = {activity_type} and activity_id = found.id
        order by activity_id
        limit 1
    ) as there
    where {dates}
    """
)


@dataclass(frozen=True)
class Scope:
    """A part of history; the dates are inclusive, None sets no limit.

    A company's activities are those in which its people took part, as beneficiary or
    as volunteer.
    """

    entity: str = "all"
    company_id: UUID | None = None
    start_date: date | None = None
    end_date: date | None = None

    def __str__(self) -> str:
        """Say it in words."""
        words = [self.entity if self.entity != "all" else "all activities"]
        if self.company_id:
            words.append(f"of company {self.company_id}")
        if self.start_date:
            words.append(f"from {self.start_date}")
        if self.end_date:
            words.append(f"to {self.end_date}")
        return " ".join(words)


def note_activities(
    connection: psycopg.Connection, target: Target, scope: Scope, chunk_size: int
) -> int:
    """Note the activities in scope, in chunks by type and date; return how many."""
    connection.execute("truncate association_ops.backfill_activities")
    activities = sql.SQL(" union all ").join(
        _of_type(target, scope, activity_type)
        for activity_type in ENTITIES[scope.entity]
    )
    noted = connection.execute(
        NOTE_ACTIVITIES.format(
            chunk_size=sql.Literal(chunk_size), activities=activities
        )
    ).rowcount
    connection.execute("analyze association_ops.backfill_activities")
    connection.execute(LET_WRITER_READ)
    return noted


def _of_type(target: Target, scope: Scope, activity_type: str) -> sql.Composable:
    """Return a query for the activities of one type that are in scope."""
    names = {
        "activities": sql.Identifier(target.internal_schema, "int_activities"),
        "activity_type": sql.Literal(activity_type),
    }
    found: list[sql.Composable] = []
    dates: list[sql.Composable] = [sql.SQL("true")]
    for comparison, day in ((">=", scope.start_date), ("<=", scope.end_date)):
        if day:
            dates.append(
                sql.SQL("there.activity_date {} {}").format(
                    sql.SQL(comparison), sql.Literal(day)
                )
            )
    if len(dates) > 1:
        # a date is computed, and no index knows it: the raw moments come near
        ways = [_between(column, scope) for column in MOMENTS[activity_type]]
        found.append(_found_by(target, activity_type, ways))
    if scope.company_id:
        people = sql.SQL("select user_id from {} where company_id = {}").format(
            sql.Identifier(target.platform_schema, "company_users"),
            sql.Literal(scope.company_id),
        )
        ways = [
            sql.SQL("{} in ({})").format(sql.Identifier(column), people)
            for column in PEOPLE[activity_type]
        ]
        found.append(_found_by(target, activity_type, ways))
    if not found:
        return OF_TYPE.format(**names)
    return OF_TYPE_FOUND.format(
        found=sql.SQL(" intersect ").join(found),
        dates=sql.SQL(" and ").join(dates),
        **names,
    )


def _found_by(
    target: Target, activity_type: str, ways: list[sql.Composable]
) -> sql.Composable:
    """Return a query for ids that any of the ways finds; each of them has an index."""
    table = sql.Identifier(target.platform_schema, ACTIVITY_TABLES[activity_type])
    found = sql.SQL(" union ").join(
        sql.SQL("select id from {} where {}").format(table, way) for way in ways
    )
    return sql.SQL("({})").format(found)


def _between(column: str, scope: Scope) -> sql.Composable:
    limits: list[sql.Composable] = []
    values: list[tuple[str, str, Any]] = [
        (">=", "-", scope.start_date),
        ("<", "+", scope.end_date),
    ]
    for comparison, direction, day in values:
        if day:
            limits.append(
                sql.SQL("{} {} {}::date {} interval {}").format(
                    sql.Identifier(column),
                    sql.SQL(comparison),
                    sql.Literal(day),
                    sql.SQL(direction),
                    sql.Literal(MARGIN),
                )
            )
    return sql.SQL(" and ").join(limits)
