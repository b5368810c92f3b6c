"""Closed books stay closed, whatever changes afterwards, and open again on demand.

Needs the models that keep locked associations, and closed_book_differences.
"""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from platforms import World, new_world, succeed

pytestmark = pytest.mark.slow

BEFORE = "2026-05-01"
LOCKED = f"activity_date < '{BEFORE}'"
KEY = ("activity_type", "activity_id")
TABLE = "analytics.campaign_associations"


@pytest.fixture
def world(embedded, tmp_path) -> Iterator[World]:
    """A platform after a run, with its books closed."""
    with new_world(embedded.params, tmp_path) as world:
        succeed(world.command("run"))
        succeed(world.command("lock", BEFORE))
        yield world


def closed(world: World) -> dict[Any, dict[str, Any]]:
    """Return the associations of the closed books by key, bookkeeping times aside."""
    return {
        tuple(row[name] for name in KEY): row
        for row in world.associations()
        if row["activity_date"] and str(row["activity_date"]) < BEFORE
    }


def one(world: World, where: str) -> dict[str, Any]:
    """Return the first association that a condition finds."""
    return world.rows(
        f"select * from {TABLE} where {where} order by activity_type, activity_id"  # noqa: S608 (ours)
    )[0]


def differences(world: World) -> dict[str, int]:
    """Return what lock without a date counts."""
    return json.loads(succeed(world.command("lock", "--json")))["differences"]


def run_both_ways(world: World) -> None:
    """Run incrementally and in full; the closed books must be the same after each."""
    before = closed(world)
    for options in ([], ["--full-refresh"]):
        succeed(world.command("run", "--allow-large-change", *options))
        assert closed(world) == before


def test_nothing_changed_and_nothing_differs(world):
    held = world.held()
    run_both_ways(world)
    assert differences(world) == {}
    assert world.held() == held


def test_edited_tags_move_open_books_alone(world):
    open_before = world.value(
        f"select count(*) from {TABLE} where not {LOCKED} and group_signal is null"  # noqa: S608 (ours)
    )
    world.execute("delete from program_enrollments", "update users set tags = '[]'")
    run_both_ways(world)
    assert differences(world)["rules"] > 0
    open_now = world.value(
        f"select count(*) from {TABLE} where not {LOCKED} and group_signal is null"  # noqa: S608 (ours)
    )
    assert open_now > open_before
    # and unlocking lets them move
    succeed(world.command("unlock"))
    before = closed(world)
    succeed(world.command("run", "--allow-large-change"))
    after = closed(world)
    assert after != before
    succeed(world.command("run", "--allow-large-change", "--full-refresh"))
    assert closed(world) == after


def test_erased_people_stay_in_the_figures(world):
    person = one(world, f"{LOCKED} and decision = 'auto'")["beneficiary_id"]
    world.execute(
        f"delete from program_enrollments where user_id = '{person}'",  # noqa: S608 (an id)
        f"delete from company_users where user_id = '{person}'",  # noqa: S608 (an id)
        f"update users set tags = '[]' where id = '{person}'",  # noqa: S608 (an id)
    )
    run_both_ways(world)
    assert differences(world)["rules"] >= 1


def test_a_deleted_activity_stays_in_the_figures(world):
    row = one(world, f"{LOCKED} and activity_type = 'session' and decision = 'auto'")
    world.execute(
        f"delete from kintell_sessions where id = '{row['activity_id']}'"  # noqa: S608 (an id)
    )
    run_both_ways(world)
    assert differences(world)["vanished"] == 1
    succeed(world.command("unlock"))
    succeed(world.command("run"))
    assert (row["activity_type"], row["activity_id"]) not in closed(world)


def test_a_deleted_instance_takes_nothing_out_of_closed_books(world):
    row = one(world, f"{LOCKED} and decision = 'auto'")
    gone = row["program_instance_id"]
    world.execute(
        f"delete from program_enrollments where program_instance_id = '{gone}'",  # noqa: S608 (an id)
        f"delete from program_instances where id = '{gone}'",  # noqa: S608 (an id)
    )
    run_both_ways(world)
    assert differences(world)["rules"] >= 1
    # the foreign key of the platform cannot hold it any more
    assert gone not in world.held().values()


def test_the_lock_wins_over_a_later_decision(world):
    row = one(world, f"{LOCKED} and decision = 'review'")
    held = world.held()
    world.execute(
        "insert into association_ops.review_decisions"  # noqa: S608 (ids)
        " (activity_type, activity_id, decision, reviewer) values"
        f" ('{row['activity_type']}', '{row['activity_id']}', 'rejected', 'kim')"
    )
    run_both_ways(world)
    assert differences(world) == {"decision": 1}
    assert world.held() == held
    succeed(world.command("unlock"))
    succeed(world.command("run"))
    key = tuple(row[name] for name in KEY)
    assert closed(world)[key]["decision"] == "rejected"


def test_what_comes_late_is_listed_until_it_is_locked_too(world):
    row = one(world, f"{LOCKED} and activity_type = 'match'")
    columns = ", ".join(
        row["column_name"]
        for row in world.rows(
            "select column_name from information_schema.columns"
            " where table_schema = 'platform' and table_name = 'buddy_matches'"
            " and column_name not in ('id', 'program_instance_id')"
        )
    )
    world.execute(
        f"insert into buddy_matches (id, {columns})"  # noqa: S608 (ours)
        f" select gen_random_uuid(), {columns} from buddy_matches"
        f" where id = '{row['activity_id']}'"
    )
    succeed(world.command("run"))
    assert differences(world) == {"late": 1}
    assert "1 associations locked" in succeed(world.command("lock", BEFORE))
    run_both_ways(world)
    assert differences(world) == {}


def test_write_back_keeps_what_closed_books_say(world):
    """Where rules would clear or change a value of closed books, it stays."""
    keys = [key for key in closed(world) if key in world.held()]
    held = {key: world.held()[key] for key in keys}
    assert held
    world.execute(
        "update campaigns set is_active = false", "delete from program_enrollments"
    )
    run_both_ways(world)
    now = world.held()
    assert {key: now.get(key) for key in keys} == held
    assert set(now) == set(held)


def test_other_rules_leave_closed_books_alone(world):
    before = closed(world)
    thresholds = {"auto_threshold": 100, "review_threshold": 99}
    for options in ([], ["--full-refresh"]):
        succeed(world.command("run", "--allow-large-change", *options, **thresholds))
        assert closed(world) == before
