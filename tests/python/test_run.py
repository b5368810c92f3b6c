"""The verb run from end to end, and the same in steps with bare dbt."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from conftest import open_folder
from platforms import AS_OF, TABLES, World, fail, new_world, succeed

pytestmark = pytest.mark.slow

STATES = (
    "select *, xmin::text as xmin from analytics.campaign_associations order by 1, 2"
)
COUNTED = "select activity_id from analytics.metric_evidence where metric = 'sessions'"
# of a run and a kind of activity that nobody knows
LOG_NONSENSE = """
insert into association_ops.write_back_log (
    run_id, activity_type, activity_id, new_value
)
values (0, 'walk', gen_random_uuid(), gen_random_uuid())
"""
FORGET_NONSENSE = "delete from association_ops.write_back_log where run_id = 0"
CHANGES = (
    # tags edited, and spoilt
    """
    update users set tags = (
        select tags from users where jsonb_array_length(tags) > 1 order by id limit 1
    )
    where id in (select participant_id from kintell_sessions order by id limit 15)
    """,
    'update users set tags = \'{"not": "a list"}\''
    " where id in (select user_id from learning_progress order by id limit 5)",
    # activities deleted, added, moved to another day, and no longer activities
    "delete from kintell_sessions where id in"
    " (select id from kintell_sessions order by id limit 7)",
    "delete from buddy_matches where id in"
    " (select id from buddy_matches order by id limit 3)",
    """
    insert into kintell_sessions (
        session_type, participant_id, volunteer_id, scheduled_at, duration_minutes
    )
    select session_type, participant_id, volunteer_id, scheduled_at, 30
    from kintell_sessions order by id desc limit 12
    """,
    "update buddy_matches set matched_at = matched_at - interval '400 days' where id in"
    " (select id from buddy_matches order by id desc limit 4)",
    """
    update learning_progress set status = 'failed' where id in (
        select id from learning_progress where status = 'completed' order by id limit 3
    )
    """,
    # campaigns moved and switched off, a cohort paused
    "update campaigns set start_date = start_date + 20 where id in"
    " (select id from campaigns order by id limit 4)",
    "update campaigns set is_active = false where id ="
    " (select id from campaigns order by id desc limit 1)",
    "update program_instances set status = 'paused' where id ="
    " (select id from program_instances order by id limit 1)",
    # people enrolled, and members of another company
    """
    insert into program_enrollments (user_id, program_instance_id)
    select waiting.beneficiary_id, waiting.best_program_instance_id
    from analytics.association_review_queue as waiting
    where waiting.best_program_instance_id is not null
    order by waiting.activity_id limit 8
    """,
    """
    insert into company_users (company_id, user_id)
    select (select id from companies order by id limit 1), participant_id
    from buddy_matches order by id desc limit 3
    """,
    # and a person's word
    """
    insert into association_ops.review_decisions (
        activity_type, activity_id, decision, program_instance_id, reviewer
    )
    select activity_type, activity_id, 'accepted', best_program_instance_id, 'kim'
    from analytics.association_review_queue
    where best_program_instance_id is not null
    order by activity_id desc limit 5
    """,
)


@pytest.fixture(scope="module")
def fresh(embedded, tmp_path_factory) -> Iterator[World]:
    """A platform with jsonb tags and enums that no run has seen."""
    with new_world(embedded.params, tmp_path_factory.mktemp("run")) as world:
        yield world


@pytest.fixture(scope="module")
def without_metrics(fresh) -> str:
    """What a run says that is to leave metrics alone that are not there yet."""
    return fail(fresh.command("run", "--no-metrics"), 1)


@pytest.fixture(scope="module")
def dry_run(fresh, without_metrics) -> dict[str, Any]:
    """A dry run, and the state of what it must leave alone before and after it."""
    before = fresh.written_state()
    report = json.loads(succeed(fresh.command("run", "--dry-run", "--json")))
    return {"before": before, "after": fresh.written_state(), "report": report}


@pytest.fixture(scope="module")
def first(fresh, dry_run) -> dict[str, Any]:
    """The first run that writes, and what it left."""
    report = json.loads(succeed(fresh.command("run", "--json")))
    return {"report": report, **outcome(fresh)}


@pytest.fixture(scope="module")
def second(fresh, first) -> dict[str, Any]:
    """A run with nothing to do."""
    report = json.loads(succeed(fresh.command("run", "--json")))
    return {"report": report, **outcome(fresh)}


@pytest.fixture(scope="module")
def changed(fresh, second) -> dict[str, Any]:
    """A run after people have worked on the platform."""
    fresh.execute(*CHANGES)
    report = json.loads(succeed(fresh.command("run", "--json")))
    return {"report": report, **outcome(fresh)}


@pytest.fixture(scope="module")
def anew(fresh, changed) -> dict[str, Any]:
    """A full refresh without write-back, after all links were set at random."""
    fresh.execute(
        *(
            f"""
            update {table} as activities
            set program_instance_id = (
                select id from program_instances
                order by md5(activities.id::text || id::text) limit 1
            )
            """  # noqa: S608 (our names)
            for table in TABLES.values()
        )
    )
    before = fresh.written_state()
    result = fresh.command("run", "--full-refresh", "--no-write-back", "--json")
    report = json.loads(succeed(result))
    return {"report": report, "before": before, **outcome(fresh)}


def outcome(world: World) -> dict[str, Any]:
    """What a run has left."""
    return {
        "states": world.rows(STATES),
        "associations": world.associations(),
        "held": world.held(),
        "wanted": world.wanted(),
        "logged": world.logged(),
        "after": world.written_state(),
        "people": world.value("select count(*) from analytics_internal.int_people"),
    }


def test_metrics_that_are_not_there_cannot_stay_as_they_are(without_metrics):
    assert "run once without --no-metrics" in without_metrics


def test_dry_run_shows_and_leaves_platform_and_log(dry_run, first):
    assert dry_run["after"] == dry_run["before"]
    shown = dry_run["report"]["write_back"]
    assert shown["run_id"] is None
    assert shown["differences"]
    assert shown["to_write"] == first["report"]["write_back"]["written"] > 0


def test_platform_and_log_hold_exactly_what_is_associated(first):
    assert len(first["wanted"]) > 1_000
    assert {kind for kind, _ in first["wanted"]} == set(TABLES)
    assert first["held"] == first["wanted"] == first["logged"]


def test_report_counts_what_there_is(first):
    report, rows = first["report"], first["associations"]
    assert report["as_of_date"] == AS_OF.isoformat()
    for figures in report["by_type"]:
        own = [row for row in rows if row["activity_type"] == figures["activity_type"]]
        mean = sum(row["confidence"] for row in own) / len(own)
        assert figures["activities"] == len(own)
        for decision in ("auto", "review", "unmatched"):
            count = sum(row["decision"] == decision for row in own)
            assert figures[decision] == count, decision
        assert figures["average_confidence"] == pytest.approx(mean, abs=0.051)
        assert figures["written"] == sum(
            bool(row["program_instance_id"]) for row in own
        )
        assert figures["conflicts"] == 0
    assert [row["activity_type"] for row in report["by_type"]] == list(TABLES)
    for name, column in (
        ("unmatched", "unmatched_reason"),
        ("review", "review_reason"),
    ):
        counted = {
            (row["reason"], row["activity_type"]): row["activities"]
            for row in report[name]
        }
        found = [(row[column], row["activity_type"]) for row in rows if row[column]]
        assert counted == {key: found.count(key) for key in found}


def test_report_names_thresholds_and_whether_they_are_met(first):
    quality = {row["threshold_name"]: row for row in first["report"]["quality"]}
    for name in ("min_auto_share", "max_review_share", "max_unmatched_share"):
        assert quality[name]["is_missed"] is False, quality[name]
        assert 0 < quality[name]["value"] < 1
        assert 0 < quality[name]["threshold"] < 1
    assert "min_recent_auto_share" in quality
    figures = {row["figure"]: row["value"] for row in first["report"]["quality"]}
    assert figures["conflicts"] == figures["left to write back"] == 0


def test_run_without_change_writes_and_changes_nothing(first, second):
    assert second["report"]["write_back"]["written"] == 0
    assert [row["written"] for row in second["report"]["by_type"]] == [0, 0, 0]
    assert second["states"] == first["states"]
    assert second["held"] == first["held"]


def test_people_are_looked_at_where_something_changed_alone(first, second, changed):
    # the dry run had seen it all
    assert first["people"] == second["people"] == 0
    assert changed["people"] > 100


def test_changes_are_followed(second, changed):
    assert changed["report"]["write_back"]["written"] > 10
    assert changed["held"] == changed["wanted"] == changed["logged"]
    decided = [row for row in changed["associations"] if row["decision"] == "accepted"]
    assert len(decided) == 5
    assert sum(row["decided"] for row in changed["report"]["by_type"]) == 5
    gone = {(row["activity_type"], row["activity_id"]) for row in second["states"]} - {
        (row["activity_type"], row["activity_id"]) for row in changed["states"]
    }
    assert len(gone) == 7 + 3 + 3


def test_only_changed_associations_are_new(second, changed):
    before = {row["activity_id"]: row for row in second["states"]}
    ignored = ("xmin", "associated_at")
    changes = 0
    for row in changed["states"]:
        old = before.get(row["activity_id"])
        if old and all(row[name] == old[name] for name in row if name not in ignored):
            assert row == old
        else:
            changes += 1
    assert 10 < changes < len(changed["states"]) / 2


def test_full_refresh_gives_the_same_whatever_links_the_platform_holds(changed, anew):
    assert anew["associations"] == changed["associations"]
    assert {row["xmin"] for row in anew["states"]}.isdisjoint(
        row["xmin"] for row in changed["states"]
    )


def test_no_write_back_leaves_platform_and_log(anew):
    assert anew["after"] == anew["before"]
    assert anew["report"]["write_back"] is None


def test_conflicts_are_counted_and_nobody_fails_for_them(anew):
    conflicts = sum(row["conflicts"] for row in anew["report"]["by_type"])
    assert conflicts > 1_000
    figures = {row["figure"]: row for row in anew["report"]["quality"]}
    assert figures["conflicts"]["value"] == conflicts
    assert figures["conflicts"]["is_missed"]


def test_what_vanishes_after_a_run_not_carried_through_is_forgotten(fresh, anew):
    # associated without the queue, so nothing is recorded, and gone before the next
    added = fresh.value(
        """
        insert into kintell_sessions (
            session_type, participant_id, volunteer_id, scheduled_at
        )
        select session_type, participant_id, volunteer_id, scheduled_at
        from kintell_sessions order by id limit 1
        returning id
        """
    )
    succeed(fresh.dbt("run", "--select", "+campaign_associations"))
    assert added in {row["activity_id"] for row in fresh.associations()}
    fresh.execute(f"delete from kintell_sessions where id = '{added}'")  # noqa: S608 (an id of ours)
    succeed(fresh.command("run", "--no-write-back"))
    assert fresh.associations() == anew["associations"]


def test_what_vanishes_while_records_are_lost_is_forgotten(fresh, anew):
    gone = fresh.value(
        "delete from kintell_sessions"
        " where id = (select min(id::text)::uuid from kintell_sessions) returning id"
    )
    fresh.execute("drop table analytics_internal.int_associated_inputs cascade")
    succeed(fresh.command("run", "--no-write-back"))
    assert fresh.associations() == [
        row for row in anew["associations"] if row["activity_id"] != gone
    ]


def test_metrics_stay_as_they_are_until_a_run_makes_them(fresh, anew):
    """Links are written meanwhile, and what the gates ask for is what was tested."""
    metrics = "select count(*), min(xmin::text) from analytics.metric_evidence"
    before = fresh.rows(metrics)
    # somebody who is placed for sure has one more session
    added = fresh.value(
        """
        insert into kintell_sessions (
            session_type, participant_id, volunteer_id, scheduled_at, completed_at
        )
        select session_type, participant_id, volunteer_id, scheduled_at, completed_at
        from kintell_sessions
        inner join analytics.campaign_associations as associations
            on kintell_sessions.id = associations.activity_id
        where
            associations.is_placed
            and associations.decision = 'auto'
            and kintell_sessions.completed_at is not null
        order by kintell_sessions.id limit 1
        returning id
        """
    )
    report = json.loads(succeed(fresh.command("run", "--no-metrics", "--json")))
    assert not report["with_metrics"]
    assert report["write_back"]["written"] > 0
    assert ("session", added) in fresh.held()
    assert fresh.rows(metrics) == before
    expected = fresh.value(
        "select integrity_expected::text from association_ops.dbt_runs"
        " where builds_associations order by started_at desc limit 1"
    )
    assert "associations_points_add_up" in expected
    assert "evidence_is_unique" not in expected
    assert json.loads(succeed(fresh.command("run", "--json")))["with_metrics"]
    counted = {row["activity_id"] for row in fresh.rows(COUNTED)}
    assert added in counted


# -- with a profile, on another PostgreSQL, in steps -----------------------------------


@pytest.fixture(scope="module")
def public(foreign_server, tmp_path_factory) -> Iterator[World]:
    """A platform in the schema public, with text[] tags, text statuses, no zones."""
    folder = tmp_path_factory.mktemp("public")
    with new_world(
        foreign_server,
        folder,
        schema="public",
        by_profile=True,
        tags="text[]",
        statuses="text",
    ) as world:
        yield world


@pytest.fixture(scope="module")
def missed(public) -> str:
    """What a run prints that misses two thresholds."""
    return succeed(public.command("run", min_auto_share=0.99, auto_threshold=75))


@pytest.fixture
def settled(public, missed) -> Iterator[World]:
    """The same after that run, with some new sessions that no build has seen."""
    public.execute(
        """
        insert into kintell_sessions (
            session_type, participant_id, volunteer_id, completed_at, duration_minutes
        )
        select session_type, participant_id, volunteer_id, completed_at, 60
        from kintell_sessions where program_instance_id is not null
        order by id limit 20
        """
    )
    yield public


def test_run_by_profile_in_public(public, missed):
    assert len(public.wanted()) > 1_000
    assert public.held() == public.wanted() == public.logged()


def test_missed_thresholds_are_named_and_no_failure(missed):
    lines = {line.strip(): line for line in missed.splitlines()}
    (share,) = [line for line in lines if line.startswith("associated, all history")]
    assert "99%" in share
    assert share.endswith("missed")
    assert "min_auto_share" in missed
    (points,) = [
        line for line in lines if line.startswith("points of company and date")
    ]
    assert "75" in points
    assert points.endswith("missed")


def test_build_then_write_back_then_quality(settled):
    succeed(settled.dbt("build", "--exclude", "tag:quality"))
    assert settled.held() != settled.wanted()
    written = json.loads(succeed(settled.command("write-back", "--json")))["written"]
    assert written >= 10
    assert settled.held() == settled.wanted() == settled.logged()
    succeed(settled.dbt("test", "--select", "tag:quality"))


def test_write_back_waits_for_the_integrity_tests(settled):
    succeed(settled.dbt("seed"))
    succeed(settled.dbt("run"))
    refused = settled.command("write-back")
    fail(refused, 3, "have not run since", "dbt test --select tag:integrity")
    spoil = (
        "update analytics.campaign_associations"
        " set points_company = points_company + {} where decision = 'auto'"
    )
    settled.execute(spoil.format(1), LOG_NONSENSE)
    state = settled.written_state()
    failing = settled.dbt("test", "--select", "tag:integrity")
    assert failing.returncode == 1
    for test in ("associations_points_add_up", "log_is_sound"):
        assert test in failing.stdout
    refused = settled.command("write-back")
    fail(refused, 3, "2 integrity tests failed", "associations_points_add_up")
    assert settled.written_state() == state

    settled.execute(spoil.format(-1), FORGET_NONSENSE)
    succeed(settled.dbt("test", "--select", "tag:integrity"))
    written = json.loads(succeed(settled.command("write-back", "--json")))["written"]
    assert written >= 10
    assert settled.held() == settled.wanted() == settled.logged()


@pytest.mark.parametrize(("activities", "exit_code"), [(99, 0), (100, 1)])
def test_quality_fails_from_a_hundred_activities(settled, activities, exit_code):
    with_figures = """
        update analytics.association_quality
        set assessed = {}, associated = 0, unmatched = 0, review = 0,
            recent_assessed = 0, recent_associated = 0
    """
    settled.execute(with_figures.format(0))
    settled.execute(with_figures.format(activities) + "where activity_type = 'session'")
    result = settled.dbt("test", "--select", "auto_share_of_history")
    assert result.returncode == exit_code, result.stdout
    stored = settled.rows(
        "select * from analytics_dbt_test__audit.auto_share_of_history"
    )
    (row,) = stored
    assert row["threshold_name"] == "min_auto_share"
    assert (float(row["value"]), float(row["threshold"])) == (0, 0.7)
    assert row["activities"] == activities
    assert row["is_missed"] is (exit_code == 1)


# -- which connection is taken ---------------------------------------------------------


def test_profile_comes_before_variables(public):
    succeed(public.command("migrate", "status"))


def test_variables_come_before_the_embedded_server(foreign_database, run_command):
    result = run_command("migrate", "status", "--json", params=foreign_database)
    assert "0049" in succeed(result)
    wrong = foreign_database | {"password": "not-this-one"}
    said = fail(run_command("migrate", "status", params=wrong), 1, "PGPASSWORD")
    assert "not-this-one" not in said


def test_embedded_server_is_the_last_resort(run_command, server_folder):
    with open_folder() as parent:
        folder = Path(parent) / "unused"
        env = {"CAMPAIGN_ASSOCIATION_SERVER_DIR": str(folder)}
        succeed(run_command("migrate", "status", env=env))
        assert (folder / "server.json").exists()
        succeed(run_command("server", "stop", env=env))
        shutil.rmtree(folder)
