"""Ingestion: the triggers decide as a run does, and never get in a writer's way."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest

from ingest_world import (
    failures,
    held,
    ingested_world,
    logged,
    sure_session,
    write_again,
)
from platforms import World, succeed

pytestmark = pytest.mark.slow

DIFFERENT = """
select associations.activity_type, associations.decision, count(*)
from analytics.campaign_associations as associations
inner join (
    select 'session' as activity_type, id, program_instance_id from kintell_sessions
    union all
    select 'match', id, program_instance_id from buddy_matches
    union all
    select 'completion', id, program_instance_id from learning_progress
) as platform
    on associations.activity_type = platform.activity_type
    and associations.activity_id = platform.id
where associations.activity_id not in (
    select activity_id from association_ops.review_decisions
)
    and (associations.program_instance_id is distinct from platform.program_instance_id)
group by 1, 2
"""

# what was left NULL although the rules were sure
GIVEN_UP = """
select
    (select count(*) from association_ops.ingest_failures)
    + count(*) filter (where decision = 'instance_busy')
from association_ops.ingest_left_open
"""

Connection = psycopg.Connection[Any]


@pytest.fixture(scope="module")
def world(server_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> World:
    """A platform all of whose activities were written through the triggers."""
    return ingested_world(server_folder, tmp_path_factory.getbasetemp())


@pytest.fixture
def connection(world: World) -> Iterator[Connection]:
    """A connection in a transaction that is rolled back in the end."""
    with world.connect() as connection, connection.transaction(force_rollback=True):
        yield connection


def test_the_triggers_decide_as_a_run_does(world: World) -> None:
    written = world.value(
        "select count(*) from association_ops.write_back_log"
        " inner join association_ops.write_back_runs using (run_id)"
        " where kind = 'ingest'"
    )
    left = world.value("select count(*) from association_ops.ingest_left_open")

    assert world.rows(DIFFERENT) == []
    assert world.value("select count(*) from association_ops.ingest_failures") == 0
    # all kinds of outcomes, also by decisions about other activities
    assert written + left >= 10_000
    assert written > 7_000
    assert left > 500
    assert world.value(
        "select count(*) from analytics.campaign_associations as associations"
        " where decision = 'auto' and is_placed"
        " and activity_id not in ("
        "select activity_id from association_ops.review_decisions)"
        " and not exists ("
        "select from program_enrollments as enrolments"
        " inner join program_instances as instances"
        " on enrolments.program_instance_id = instances.id"
        " where enrolments.user_id = beneficiary_id)"
    )


def test_the_next_run_sweeps_up_what_was_left(world: World) -> None:
    """It runs while others write: dbt swaps its relations, inserts go on."""
    with world.connect() as connection:
        session, instance = sure_session(connection)
        run = subprocess.Popen(
            [sys.executable, "-m", "campaign_association", "run", "--json",
             *world.vars_option({})],
            env=world.environment, cwd=world.project,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        slowest = 0.0
        values = []
        given_up = world.value(GIVEN_UP)
        try:
            while run.poll() is None:
                began = time.monotonic()
                values.append(held(connection, write_again(connection, session)))
                slowest = max(slowest, time.monotonic() - began)
                time.sleep(0.05)
        finally:
            output, errors = run.communicate()

    assert run.returncode == 0, errors
    # on a busy machine a trigger may give up waiting for a lock, and says so each time
    codes = world.rows("select distinct sqlstate from association_ops.ingest_failures")
    assert codes in ([], [{"sqlstate": "55P03"}])
    assert set(values) <= {instance, None}
    assert values.count(None) == world.value(GIVEN_UP) - given_up
    assert values.count(None) <= len(values) / 20
    figures = json.loads(output)
    assert figures["write_back"]["conflicts"] == {}
    # the triggers had set all that is sure: what is left to write is people's word
    decided = world.value(
        "select count(*) from analytics.campaign_associations"
        " where decision = 'accepted'"
    )
    written = figures["write_back"]["written"]
    assert decided <= written <= decided + values.count(None)
    assert slowest < 5

    status = json.loads(succeed(world.command("ingest", "status", "--json")))
    hour = {row["activity_type"]: row for row in status["tables"][:3]}
    assert all(row["has_triggers"] for row in hour.values())
    assert hour["session"]["auto"] > hour["session"]["review"] > 0
    assert hour["session"]["longest_lag_seconds"] > 0
    assert "run" in succeed(world.command("ingest", "status"))


def test_what_was_set_can_be_explained_and_undone(world: World) -> None:
    with world.connect() as connection:
        session, instance = sure_session(connection)
        held_before = world.value(
            "select count(program_instance_id) from kintell_sessions"
        )
        explained = json.loads(
            succeed(world.command("explain", "session", str(session), "--json"))
        )
        run_id = explained["writes"][0]["run_id"]
        preview = json.loads(
            succeed(world.command("undo", str(run_id), "--dry-run", "--json"))
        )

        assert [write["kind"] for write in explained["writes"]] == ["ingest"]
        assert explained["writes"][0]["new_value"] == str(instance)
        assert preview["to_restore"] >= held_before * 0.9

        # a value that was taken back is not set again by whoever touches the row
        with connection.transaction(force_rollback=True):
            connection.execute(
                "update kintell_sessions set program_instance_id = null where id = %s",
                [session],
            )
            connection.execute(
                "update kintell_sessions set completed_at = completed_at where id = %s",
                [session],
            )
            assert held(connection, session) is None


def test_a_decision_teaches_the_next_insert(connection: Connection) -> None:
    waiting = connection.execute(
        """
        select activity_id, best_program_instance_id, beneficiary_id
        from analytics.association_review_queue
        where activity_type = 'session' and best_program_instance_id is not null
            and not exists (
                select from association_ops.decided_people
                where person_id = beneficiary_id
            )
        order by activity_id
        limit 1
        """
    ).fetchone()
    assert waiting
    session, instance, person = waiting
    assert held(connection, write_again(connection, session)) is None

    connection.execute(
        "insert into association_ops.review_decisions ("
        " activity_type, activity_id, decision, program_instance_id, reviewer)"
        " values ('session', %s, 'accepted', %s, 'tester')",
        [session, instance],
    )
    assert is_decided_person(connection, person)
    assert held(connection, write_again(connection, session)) == instance


def is_decided_person(connection: Connection, person: UUID) -> bool:
    """Tell whether the triggers look for decisions about a person's activities."""
    row = connection.execute(
        "select from association_ops.decided_people where person_id = %s", [person]
    ).fetchone()
    return row is not None


def test_a_value_of_the_writer_is_left_alone(connection: Connection) -> None:
    session, instance = sure_session(connection)
    other = connection.execute(
        "select id from program_instances where id <> %s limit 1", [instance]
    ).fetchone()[0]
    written = write_again(connection, session, program_instance_id=other)

    connection.execute(
        "update kintell_sessions set completed_at = now() where id = %s", [written]
    )

    assert held(connection, written) == other
    assert logged(connection, written) == 0


def test_a_session_is_associated_once_it_was_held(connection: Connection) -> None:
    session, instance = sure_session(connection)
    written = write_again(
        connection, session, completed_at=None, scheduled_at="2199-01-01"
    )
    assert held(connection, written) is None

    connection.execute(
        "update kintell_sessions set completed_at = kept.completed_at"
        " from kept_sessions as kept where kintell_sessions.id = %s and kept.id = %s",
        [written, session],
    )

    assert held(connection, written) == instance
    assert logged(connection, written) == 1


def test_a_row_that_is_there_already_leaves_nothing_in_the_log(
    connection: Connection,
) -> None:
    session, instance = sure_session(connection)
    there = write_again(connection, session, completed_at=None, scheduled_at=None)

    write_again(connection, session, "on conflict (id) do nothing", id=there)
    assert (held(connection, there), logged(connection, there)) == (None, 0)

    write_again(
        connection,
        session,
        "on conflict (id) do update set completed_at = excluded.completed_at",
        id=there,
    )
    assert (held(connection, there), logged(connection, there)) == (instance, 1)


def test_the_switch_works_at_once(world: World, connection: Connection) -> None:
    session, _ = sure_session(connection)
    connection.execute("update association_ops.ingest_state set is_enabled = false")

    written = write_again(connection, session)

    assert held(connection, written) is None
    assert failures(connection, written) == []


def test_a_run_finds_who_has_got_a_decided_activity_since(world: World) -> None:
    world.execute(
        """
        update kintell_sessions
        set participant_id = (
            select id from users
            where not exists (
                select from association_ops.decided_people where person_id = users.id
            )
            order by id
            limit 1
        )
        where id = (
            select activity_id from association_ops.review_decisions
            where activity_type = 'session'
            order by decision_id
            limit 1
        )
        """
    )
    unknown = """
        select count(*)
        from association_ops.review_decisions as decisions
        inner join kintell_sessions as sessions on decisions.activity_id = sessions.id
        left join association_ops.decided_people
            on sessions.participant_id = decided_people.person_id
        where decided_people.person_id is null
    """
    assert world.value(unknown) > 0
    succeed(world.command("run", "--no-write-back"))
    assert world.value(unknown) == 0


def test_a_run_brings_changed_rules_to_the_triggers(world: World) -> None:
    before = world.value("select functions_hash from association_ops.ingest_state")
    succeed(world.command("run", "--no-write-back", tie_similarity=None))
    assert before != world.value(
        "select functions_hash from association_ops.ingest_state"
    )
