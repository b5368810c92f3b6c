"""A platform with ingestion triggers, and activities written through them."""

from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import psycopg
from psycopg import sql

from campaign_association import server
from campaign_association.demo.generator import generate
from campaign_association.demo.platform import create_platform
from platforms import World, succeed

# nothing that the triggers depend on is as it is by default
SCHEMA = "public"
RULES = {"reporting_time_zone": "America/New_York", "auto_threshold": 75}
ACTIVITIES = 12_000
TAKE_AWAY = """
create table kept_sessions as table kintell_sessions;
create table kept_matches as table buddy_matches;
create table kept_completions as table learning_progress;
delete from kintell_sessions
where id not in (select activity_id from association_ops.review_decisions);
delete from buddy_matches;
delete from learning_progress;
"""
WRITE_AGAIN = """
insert into kintell_sessions
select * from kept_sessions
where id not in (select activity_id from association_ops.review_decisions);
insert into buddy_matches (id, participant_id, buddy_id, status)
select id, participant_id, buddy_id, status from kept_matches;
update buddy_matches
set matched_at = kept_matches.matched_at
from kept_matches
where buddy_matches.id = kept_matches.id;
"""
# everybody is enrolled in nothing, too, and in something that is gone
ENROLMENTS = """
insert into program_enrollments (user_id, program_instance_id, status)
select users.id, instances.id, 'active'
from users
cross join (values (null), (gen_random_uuid())) as instances (id)
"""
DECISIONS = """
insert into association_ops.review_decisions (
    activity_type, activity_id, decision, program_instance_id, reviewer
)
select 'session', sessions.id, chosen.decision,
    case when chosen.decision = 'accepted' then instances.id end, 'tester'
from (
    select *, row_number() over (order by id) as number
    from kintell_sessions
    where id::text like '0%'
) as sessions
cross join lateral (
    select case when number % 3 = 0 then 'rejected' else 'accepted' end as decision
) as chosen
inner join company_users on sessions.participant_id = company_users.user_id
inner join campaigns on company_users.company_id = campaigns.company_id
inner join program_instances as instances on campaigns.id = instances.campaign_id
where sessions.completed_at::date between instances.start_date
    and coalesce(instances.end_date, 'infinity')
"""


@cache
def ingested_world(server_folder: Path, folder: Path) -> World:
    """Return a platform all of whose activities were written through the triggers.

    Sessions by one INSERT, matches by an UPDATE that completes them, completions by
    COPY; in a session with a time zone of its own. What was decided stays in place.
    It was associated before, and nothing was written back. Tests share it; the
    database goes with the embedded server.
    """
    here = server.start(server_folder).params
    with psycopg.connect(**here, autocommit=True) as connection:
        connection.execute("create database ingested_world")
    world = IngestingWorld({**here, "dbname": "ingested_world"}, folder, SCHEMA)
    with world.connect() as connection:
        create_platform(connection, SCHEMA)
        today = datetime.now(UTC).date()
        generate(connection, SCHEMA, seed=11, as_of=today, activities=ACTIVITIES)
    succeed(world.command("migrate", "up"))
    world.execute(ENROLMENTS, DECISIONS)
    succeed(world.command("run", "--no-write-back"))
    succeed(world.command("ingest", "install"))
    with world.connect() as connection, world.connect() as reader:
        connection.execute(TAKE_AWAY)
        connection.execute("set timezone = 'Asia/Tokyo'")
        connection.execute(WRITE_AGAIN)
        with (
            reader.cursor().copy("copy kept_completions to stdout") as rows,
            connection.cursor().copy("copy learning_progress from stdin") as target,
        ):
            for row in rows:
                target.write(row)
    return world


class IngestingWorld(World):
    """A world whose commands work by other rules than the default, and today."""

    def vars_option(self, variables: Any) -> list[str]:
        """Return the rules; the day is today, as it is for the triggers."""
        rules = {"as_of_date": None, **RULES, **variables}
        return super().vars_option(rules)


def sure_session(connection: psycopg.Connection[Any]) -> tuple[UUID, UUID]:
    """Return a session of which the batch is sure, and its instance."""
    row = connection.execute(
        """
        select activity_id, associations.program_instance_id
        from analytics.campaign_associations as associations
        inner join public.kept_sessions on activity_id = id
        where activity_type = 'session' and decision = 'auto'
            and group_signal = 'enrolled' and completed_at is not null
        order by activity_id
        limit 1
        """
    ).fetchone()
    assert row is not None
    return row


def write_again(
    connection: psycopg.Connection[Any],
    session_id: UUID,
    tail: str = "",
    **values: Any,
) -> UUID:
    """Insert a copy of a session with an id of its own, or other values."""
    columns = (
        "session_type", "participant_id", "volunteer_id", "scheduled_at",
        "completed_at", "duration_minutes",
    )  # fmt: skip
    given = {"id": uuid4(), **values}
    copied = [name for name in columns if name not in given]
    connection.execute(
        sql.SQL(
            "insert into public.kintell_sessions ({names}) select {values}"
            " from public.kept_sessions where id::text = %(copied_id)s::text {tail}"
        ).format(
            names=sql.SQL(", ").join(map(sql.Identifier, [*given, *copied])),
            values=sql.SQL(", ").join(
                [*map(sql.Placeholder, given), *map(sql.Identifier, copied)]
            ),
            tail=sql.SQL(tail),
        ),
        {**given, "copied_id": session_id},
    )
    return given["id"]


def held(connection: psycopg.Connection[Any], session_id: UUID) -> UUID | None:
    """Return the instance that a session holds."""
    row = connection.execute(
        "select program_instance_id from public.kintell_sessions where id = %s",
        [session_id],
    ).fetchone()
    assert row is not None
    return row[0]


def failures(connection: psycopg.Connection[Any], session_id: UUID) -> list[str]:
    """Return the SQLSTATEs that are recorded for a session."""
    rows = connection.execute(
        "select sqlstate from association_ops.ingest_failures where activity_id = %s",
        [session_id],
    ).fetchall()
    return [row[0] for row in rows]


def logged(connection: psycopg.Connection[Any], session_id: UUID) -> int:
    """Return how often the log has a session."""
    row = connection.execute(
        "select count(*) from association_ops.write_back_log where activity_id = %s",
        [session_id],
    ).fetchone()
    assert row is not None
    return row[0]
