"""The gates of write-back: each one closed is exit code 3 and nothing written."""

import json
import os
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from click.testing import CliRunner

from campaign_association.errors import Refused
from campaign_association.gates import check_gates, count_held_values
from campaign_association.server import Server
from campaign_association.undo import undo
from campaign_association.write_back import write_back, write_back_command
from write_back_world import A, B, World, open_world

TEST_1, TEST_2 = "test.project.keys.1", "test.project.links.2"


@pytest.fixture
def world(embedded: Server) -> Iterator[World]:
    """A world with one activity to write."""
    with open_world(embedded.params) as made:
        made.add(1, A)
        yield made


def call(world: World, *arguments: str) -> Any:
    """Run the verb in this process and return click's result."""
    names = {"host": "PGHOST", "port": "PGPORT", "user": "PGUSER",
             "password": "PGPASSWORD", "dbname": "PGDATABASE"}  # fmt: skip
    kept = {name: text for name, text in os.environ.items() if name[:2] != "PG"}
    kept |= {names[name]: str(world.params[name]) for name in names}
    return CliRunner().invoke(write_back_command, list(arguments), env=kept)


def assert_refused(world: World, *reasons: str) -> None:
    """The verb ends with 3, names the reasons and leaves everything as it was."""
    before = world.everything()
    result = call(world)
    assert result.exit_code == 3, result.output
    for reason in reasons:
        assert reason in result.output
    assert world.everything() == before


def assert_written(world: World, count: int = 1) -> None:
    """The verb ends well and writes."""
    assert write_back(world.target).written == count


def test_runs_that_the_log_names_are_kept(world: World) -> None:
    assert_written(world)
    for statement in (
        "delete from association_ops.write_back_runs",
        "truncate association_ops.write_back_runs cascade",
    ):
        with pytest.raises(psycopg.errors.RestrictViolation, match="are kept"):
            world.execute(statement)


# -- the build ----------------------------------------------------------------------


def test_refused_without_a_build(world: World) -> None:
    world.execute("delete from association_ops.dbt_runs")
    assert_refused(world, "No dbt build", "dbt build")


@pytest.mark.parametrize(
    ("status", "reason"), [("error", "failed"), ("running", "has not ended")]
)
def test_refused_after_a_build_that_did_not_succeed(
    world: World, status: str, reason: str
) -> None:
    world.build("build 2", status=status)
    assert_refused(world, reason, "build 2")
    world.build("build 3")
    assert_written(world)


def test_a_run_that_builds_no_associations_does_not_count_as_build(
    world: World,
) -> None:
    world.build("docs", status="error", builds_associations=False,
                integrity_expected=[], integrity_results="{}")  # fmt: skip
    assert_written(world)


def test_a_build_of_another_target_schema_does_not_count(world: World) -> None:
    world.build("dev 1", target_schema="dev", status="error")
    assert_written(world)
    world.execute("delete from association_ops.dbt_runs where target_schema is null")
    world.build("dev 2", target_schema="dev")
    assert_refused(world, "No dbt build")
    world.build("build 2", target_schema="analytics")
    assert_written(world, 0)


def test_builds_from_before_schemas_were_recorded_count_until_the_next(
    world: World,
) -> None:
    assert_written(world)
    world.build("build 2", target_schema="analytics", status="error")
    assert_refused(world, "build 2")


# -- the integrity tests --------------------------------------------------------------


@pytest.mark.parametrize("outcome", ["fail", "error"])
def test_refused_when_an_integrity_test_failed(world: World, outcome: str) -> None:
    world.build(
        "build 2",
        integrity_expected=[TEST_1, TEST_2],
        integrity_results=json.dumps({TEST_1: "pass", TEST_2: outcome}),
    )
    assert_refused(world, "1 integrity tests failed", "links")


@pytest.mark.parametrize(
    "results", [{}, {TEST_1: "pass"}, {TEST_1: "pass", TEST_2: "skipped"}]
)
def test_refused_when_tests_have_not_run_since(
    world: World, results: dict[str, str]
) -> None:
    world.build(
        "build 2",
        integrity_expected=[TEST_1, TEST_2],
        integrity_results=json.dumps(results),
    )
    assert_refused(world, "have not run since", "dbt test --select tag:integrity")


def test_tests_of_an_earlier_build_do_not_count(world: World) -> None:
    world.build("build 2", integrity_results="{}")
    assert_refused(world, "have not run since")


def test_tests_may_run_later_and_one_by_one(world: World) -> None:
    world.build("build 2", integrity_expected=[TEST_1, TEST_2], integrity_results="{}")
    for name in (TEST_1, TEST_2):
        assert_refused(world, "have not run since")
        world.build(f"test {name}", command="test", builds_associations=False,
                    integrity_expected=[TEST_1, TEST_2],
                    integrity_results=f'{{"{name}": "pass"}}')  # fmt: skip
    assert_written(world)


def test_tests_of_another_target_schema_do_not_count(world: World) -> None:
    here = {"target_schema": "analytics"}
    dev = {"target_schema": "dev", "command": "test", "builds_associations": False}
    world.build("build 2", integrity_results="{}", **here)
    world.build("dev 1", integrity_results=f'{{"{TEST_1}": "pass"}}', **dev)
    assert_refused(world, "have not run since")
    world.build("build 3", integrity_results=f'{{"{TEST_1}": "pass"}}', **here)
    world.build("dev 2", integrity_results=f'{{"{TEST_1}": "fail"}}', **dev)
    assert_written(world)


def test_the_newest_result_of_a_test_counts(world: World) -> None:
    later = {"command": "test", "builds_associations": False}
    world.build("test 1", integrity_results=f'{{"{TEST_1}": "fail"}}', **later)
    assert_refused(world, "failed")
    world.build("test 2", integrity_results=f'{{"{TEST_1}": "pass"}}', **later)
    assert_written(world)


# -- the associations and the day -----------------------------------------------------


def test_refused_when_associations_are_empty_and_sources_are_not(
    world: World,
) -> None:
    world.execute("delete from analytics.campaign_associations")
    assert_refused(world, "is empty")
    world.execute("delete from platform.kintell_sessions")
    assert_written(world, 0)


def test_refused_for_a_day_before_the_last_written_runs(world: World) -> None:
    assert_written(world)
    world.want(1, B)
    world.build("build 2", as_of_date="2026-06-29")
    assert_refused(world, "2026-06-29", "2026-06-30")
    world.build("build 3", as_of_date="2026-06-30")
    assert_written(world)


def test_a_run_that_wrote_nothing_does_not_count_for_the_day(world: World) -> None:
    assert_written(world)
    world.build("build 2", as_of_date="2026-07-31")
    assert_written(world, 0)
    world.want(1, B)
    world.build("build 3", as_of_date="2026-06-30")
    assert_written(world)


def test_check_gates_returns_the_build(world: World) -> None:
    with world.target.connect() as connection:
        build = check_gates(connection, world.target)
    assert (build.invocation_id, str(build.as_of_date)) == ("build 1", "2026-06-30")


# -- large changes --------------------------------------------------------------------


@pytest.fixture
def written_world(world: World) -> World:
    """A hundred values of ours on the platform, and no others."""
    world.execute("truncate platform.kintell_sessions, analytics.campaign_associations")
    world.add_many(100)
    assert_written(world, 100)
    return world


def want_for(world: World, count: int, wanted: Any) -> None:
    """Let the first associations want another value."""
    world.execute(
        """
        update analytics.campaign_associations
        set program_instance_id = %s
        where activity_id in (
            select activity_id from analytics.campaign_associations
            order by activity_id
            limit %s
        )
        """,
        wanted, count,
    )  # fmt: skip


@pytest.mark.parametrize("wanted", [B, None])
def test_refused_when_too_much_would_change_or_vanish(
    written_world: World, wanted: Any
) -> None:
    want_for(written_world, 21, wanted)
    assert_refused(written_world, "21 of 100", "--allow-large-change", "--dry-run")
    want_for(written_world, 20, A)
    assert_written(written_world)


@pytest.mark.parametrize(
    ("values", "ratio", "allowed"), [(100, 0.2, 20), (150, 0.2, 30), (200, 0.29, 58)]
)
def test_exactly_the_ratio_is_allowed(
    world: World, values: int, ratio: float, allowed: int
) -> None:
    world.execute("truncate platform.kintell_sessions, analytics.campaign_associations")
    world.add_many(values)
    assert_written(world, values)
    world.overrides = {"max_overwrite_ratio": ratio}
    want_for(world, allowed + 1, B)
    with pytest.raises(Refused, match=f"{allowed + 1} of {values}"):
        write_back(world.target)
    want_for(world, allowed + 1, A)
    want_for(world, allowed, B)
    assert_written(world, allowed)


def test_vanished_associations_count_too(written_world: World) -> None:
    written_world.execute(
        """
        with vanished as (
            delete from analytics.campaign_associations
            where activity_id in (
                select activity_id from analytics.campaign_associations limit 21
            )
            returning activity_id
        )

        insert into analytics_internal.no_activities select activity_id from vanished
        """
    )
    assert_refused(written_world, "21 of 100")


def test_a_large_change_can_be_allowed(written_world: World) -> None:
    want_for(written_world, 100, B)
    result = call(written_world, "--allow-large-change")
    assert result.exit_code == 0
    assert "100 values written" in result.output


def test_fewer_than_a_hundred_values_never_are_a_large_change(
    written_world: World,
) -> None:
    written_world.execute(
        "delete from platform.kintell_sessions where id ="
        " (select max(id::text)::uuid from platform.kintell_sessions)"
    )
    want_for(written_world, 100, B)
    assert_written(written_world, 99)


def test_new_values_and_others_values_are_no_change(written_world: World) -> None:
    for number in range(1001, 1100):
        written_world.add(number, A)
    assert_written(written_world, 99)
    assert count(written_world) == 199


def test_values_no_longer_held_do_not_count(written_world: World) -> None:
    written_world.execute(
        "update platform.kintell_sessions set program_instance_id = %s"
        " where id::text ~ '1$'",
        B,
    )
    assert count(written_world) == 93


def test_undone_values_do_not_count(written_world: World) -> None:
    undo(written_world.target, 1)
    assert count(written_world) == 0


def test_ratio_and_fewest_values_are_variables(written_world: World) -> None:
    want_for(written_world, 6, B)
    assert call(
        written_world, "--vars", "{max_overwrite_ratio: 0.05}"
    ).exit_code == 3  # fmt: skip
    assert call(
        written_world,
        "--vars",
        "{max_overwrite_ratio: 0.05, min_overwrite_values: 101}",
    ).exit_code == 0  # fmt: skip


def count(world: World) -> int:
    """Return the gate's own count of values written earlier and still held."""
    with world.target.connect() as connection:
        return count_held_values(connection, world.target)
