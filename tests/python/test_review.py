"""The verb review: what is seen, what is refused, what the next run makes of it."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from click.testing import CliRunner, Result
from psycopg import sql

from campaign_association.cli import main
from campaign_association.errors import Refused
from campaign_association.migrate import migrate_up
from campaign_association.review import command as review_command
from campaign_association.review.arguments import one_activity
from campaign_association.review.decided import read_decided
from campaign_association.review.decisions import decide
from campaign_association.review.queue import Filters, read_queue
from campaign_association.review.record import record
from conftest import command_environment
from platforms import AS_OF, World, new_world, succeed
from small_platform import make_platform, target_of

pytestmark = pytest.mark.slow

NOBODY = str(UUID(int=0))
ANN = ("--reviewer", "ann.b", "--yes")
COUNT = "select count(*) from association_ops.review_decisions"
# undecided rows of the queue, those of people with most of them first
WAITING = """
    with waiting as (
        select
            *,
            count(*) over (partition by beneficiary_id) as of_person
        from analytics.association_review_queue as queue
        where not exists (
            select from association_ops.review_decisions as decisions
            where decisions.activity_id = queue.activity_id
        )
    )

    select * from waiting
    where {} order by of_person desc, activity_type, activity_id
"""
ACCEPTABLE = "best_program_instance_id is not null"


@pytest.fixture(scope="module")
def world(embedded, tmp_path_factory) -> Iterator[World]:
    """A platform after a run. Decisions pile up: a test takes rows nobody decided."""
    with new_world(embedded.params, tmp_path_factory.mktemp("review")) as world:
        succeed(world.command("run", "--no-write-back"))
        yield world


def review(world: World, *arguments: Any, stdin: str = "", **variables: Any) -> Result:
    """Run ``review`` in this process."""
    return CliRunner().invoke(
        main,
        ["review", *map(str, arguments), *world.vars_option(variables)],
        env=command_environment(world.folder, world.params),
        input=stdin,
    )


def told(result: Result) -> dict[str, Any]:
    """Return the object that a verb printed; it must have ended well."""
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def refused(world: World, result: Result, exit_code: int, *parts: str) -> None:
    """A verb must have ended with ``exit_code`` and said ``parts``."""
    assert result.exit_code == exit_code, result.output
    assert result.stdout == ""
    for part in parts:
        assert part in result.stderr


def waiting(world: World, number: int = 1, where: str = ACCEPTABLE) -> list[Any]:
    """Return some rows of the queue that nobody decided."""
    rows = world.rows(WAITING.format(where))
    assert len(rows) >= number
    return rows[:number]


def key(row: dict[str, Any]) -> tuple[str, UUID]:
    """Return TYPE and ID of a row."""
    return row["activity_type"], row["activity_id"]


def decisions(world: World, row: dict[str, Any]) -> list[dict[str, Any]]:
    """Return what was decided about an activity, oldest first."""
    kind, activity_id = key(row)
    return world.rows(
        "select * from association_ops.review_decisions"  # noqa: S608 (an id of ours)
        f" where activity_type = '{kind}' and activity_id = '{activity_id}'"
        " order by decision_id"
    )


def other_instance(world: World, row: dict[str, Any]) -> UUID:
    """Return an instance of the row's company that is not the best one."""
    return world.value(
        f"""
        select instances.id
        from program_instances as instances
        inner join campaigns on instances.campaign_id = campaigns.id
        where campaigns.company_id = '{row["company_id"]}'
            and instances.id is distinct from '{row["best_program_instance_id"]}'
        order by instances.id limit 1
        """  # noqa: S608 (ids of ours)
    )


# -- the lists ------------------------------------------------------------------------


def test_the_queue_is_listed_oldest_first_with_its_candidates(world):
    listed = told(review(world, "list", "--json"))
    rows = listed["activities"]
    assert listed["waiting"] > len(rows) == 20
    dates = [row["activity_date"] for row in rows]
    assert dates == sorted(dates)
    assert all(row["candidates"][0]["candidate_rank"] == 1 for row in rows)
    printed = review(world, "list", "--limit", 1).stdout
    assert f"{rows[0]['activity_type']} {rows[0]['activity_id']}" in printed
    assert rows[0]["campaign_id"] in printed
    assert f"{listed['waiting']:,} waiting for a person, 1 shown." in printed


def test_the_surest_come_first_by_confidence(world):
    rows = told(review(world, "list", "--json", "--order", "confidence"))["activities"]
    confidences = [row["confidence"] for row in rows]
    assert confidences == sorted(confidences, reverse=True)
    assert confidences[0] == 100


@pytest.mark.parametrize(
    ("option", "column"),
    [
        ("--company", "company_id"),
        ("--campaign", "campaign_id"),
        ("--type", "activity_type"),
        ("--reason", "review_reason"),
    ],
)
def test_the_queue_is_filtered(world, option, column):
    (row,) = waiting(world)
    value = str(row[column])
    listed = told(review(world, "list", "--json", "--limit", 9999, option, value))
    assert {found[column] for found in listed["activities"]} == {value}
    expected = waiting(world, where=f"{column} = '{value}'", number=0)
    counted = world.value(
        "select count(*) "  # noqa: S608 (a column and value of ours)
        "from analytics.association_review_queue"
        f" where {column} = '{value}'"
    )
    assert len(expected) == 0
    assert 0 < listed["waiting"] == len(listed["activities"]) <= counted


def test_a_decided_activity_waits_no_longer_and_is_listed_as_decided(world):
    (row,) = waiting(world)
    before = told(review(world, "list", "--json"))["waiting"]
    succeeded = review(world, "accept", *key(row), *ANN, "--reason", "same_cohort")
    assert succeeded.exit_code == 0
    assert told(review(world, "list", "--json"))["waiting"] == before - 1
    newest = told(review(world, "list", "--decided", "--json"))["decisions"][0]
    assert newest["activity_id"] == str(row["activity_id"])
    assert (newest["decision"], newest["reviewer"]) == ("accepted", "ann.b")
    assert newest["reason"] == "same_cohort"
    assert newest["program_instance_id"] == str(row["best_program_instance_id"])
    printed = review(world, "list", "--decided", "--reason", "same_cohort").stdout
    assert str(row["activity_id"]) in printed
    assert "1 decided." in printed


def test_decisions_that_need_a_look_are_flagged(world):
    (row,) = waiting(world)
    kind, activity_id = key(row)
    assert review(world, "accept", kind, activity_id, *ANN).exit_code == 0
    target = replace(target_of(world.params), schema="flagged")
    world.execute(
        "create schema flagged",
        *(
            f"create view flagged.{name} as table analytics.{name}"
            for name in ("association_review_queue", "campaign_associations")
        ),
    )
    with target.connect() as connection:
        rows, _ = read_decided(connection, target, Filters(limit=1))
        assert rows[0]["warnings"] is None
        connection.execute(
            """
            create table flagged.review_decision_warnings as
            select
                %s::text as activity_type,
                %s::uuid as activity_id,
                'instance_not_covering' as warning,
                'ended 3 days before' as detail
            """,
            [kind, activity_id],
        )
        rows, _ = read_decided(connection, target, Filters(limit=1))
        assert rows[0]["warnings"] == ["instance_not_covering: ended 3 days before"]
    world.execute("drop schema flagged cascade")


# -- one decision ---------------------------------------------------------------------


def test_accept_takes_the_best_instance(world):
    (row,) = waiting(world)
    outcome = told(review(world, "accept", *key(row), *ANN, "--json"))
    (decision,) = decisions(world, row)
    assert decision["program_instance_id"] == row["best_program_instance_id"]
    assert (decision["decision"], decision["reviewer"]) == ("accepted", "ann.b")
    assert decision["batch_id"] is outcome["batch_id"] is None
    assert outcome["activities"][0]["decision_id"] == decision["decision_id"]


def test_reassign_reject_and_withdraw(world):
    (row,) = waiting(world)
    instance = other_instance(world, row)
    assert review(world, "reassign", *key(row), instance, *ANN).exit_code == 0
    assert review(world, "withdraw", *key(row), *ANN).exit_code == 0
    rejected = review(world, "reject", *key(row), *ANN, "--reason", "private_use")
    assert rejected.exit_code == 0
    assert [
        (decision["decision"], decision["program_instance_id"], decision["reason"])
        for decision in decisions(world, row)
    ] == [
        ("reassigned", instance, None),
        ("withdrawn", None, None),
        ("rejected", None, "private_use"),
    ]


def test_the_reviewer_comes_from_the_environment_too(world, monkeypatch):
    (row,) = waiting(world)
    refused(world, review(world, "accept", *key(row), "--yes"), 2, "--reviewer")
    monkeypatch.setenv("CAMPAIGN_ASSOCIATION_REVIEWER", "kim")
    assert review(world, "accept", *key(row), "--yes").exit_code == 0
    assert decisions(world, row)[0]["reviewer"] == "kim"


def test_a_dry_run_tells_the_same_and_records_nothing(world):
    (row,) = waiting(world)
    dry = told(
        review(world, "accept", *key(row), "--reviewer", "kim", "--dry-run", "--json")
    )
    assert dry["recorded"] is False
    assert decisions(world, row) == []
    done = told(review(world, "accept", *key(row), *ANN, "--json"))
    assert done["settled_siblings"] == dry["settled_siblings"]


@pytest.mark.parametrize(("answer", "recorded"), [("y\n", 1), ("n\n", 0), ("", 0)])
def test_a_person_is_asked_after_what_it_does_is_said(
    world, monkeypatch, answer, recorded
):
    monkeypatch.setattr(review_command, "require_terminal", lambda: None)
    (row,) = waiting(world)
    result = review(world, "accept", *key(row), "--reviewer", "kim", stdin=answer)
    assert result.exit_code == (0 if recorded else 1)
    assert re.search(r"That settles \d+ other activities in review", result.stdout)
    assert "Record it?" in result.stderr
    assert len(decisions(world, row)) == recorded


def test_without_a_terminal_it_must_be_said(world):
    (row,) = waiting(world)
    result = review(world, "accept", *key(row), "--reviewer", "kim")
    refused(world, result, 2, "--yes", "--dry-run")
    assert decisions(world, row) == []


# -- what is refused -----------------------------------------------------------------


def test_accept_needs_an_instance(world):
    (row,) = waiting(world, where="best_program_instance_id is null")
    result = review(world, "accept", *key(row), *ANN)
    refused(world, result, 3, str(row["activity_id"]), "review reassign")


def test_accept_needs_a_row_of_the_queue(world):
    activity_id = world.value(
        "select activity_id from analytics.campaign_associations"
        " where activity_type = 'session' and decision = 'auto' limit 1"
    )
    result = review(world, "accept", "session", activity_id, *ANN)
    refused(world, result, 3, str(activity_id), "not in the review queue")
    overruled = ("reject", "session", activity_id, *ANN, "--reason", "private_use")
    assert review(world, *overruled).exit_code == 0
    result = review(world, "accept", "session", activity_id, *ANN)
    refused(world, result, 3, "rejected by ann.b")
    assert review(world, "withdraw", "session", activity_id, *ANN).exit_code == 0


def test_an_instance_of_another_company_is_refused(world):
    (row,) = waiting(world)
    kind, activity_id = key(row)
    foreign = world.value(
        f"""
        select instances.id
        from program_instances as instances
        inner join campaigns on instances.campaign_id = campaigns.id
        where campaigns.company_id not in (
            select company_id from company_users as members
            inner join analytics_internal.int_activities as activities
                on members.user_id
                    in (activities.beneficiary_id, activities.volunteer_id)
            where activities.activity_id = '{activity_id}'
        )
        limit 1
        """  # noqa: S608 (an id of ours)
    )
    result = review(world, "reassign", kind, activity_id, foreign, *ANN)
    refused(world, result, 3, str(activity_id), str(foreign), "another company")


@pytest.mark.parametrize(
    ("arguments", "parts"),
    [
        (["reject", "session", NOBODY, "--reason", "x1"], ["no session", NOBODY]),
        (["withdraw", "match", NOBODY], ["no match", NOBODY]),
        (["reassign", "{kind}", "{id}", NOBODY], ["no program instance", NOBODY]),
        (["accept", "{kind}", "{id}", "--reviewer", "Ann B"], ["not a handle"]),
        (["accept", "{kind}", "{id}", "--reason", "She said"], ["not a code"]),
        (["accept", "course", "{id}"], ["session"]),
        (["accept", "session", "17"], ["UUID"]),
        (["accept", "session"], ["TYPE and ID"]),
        (["accept"], ["TYPE and ID", "--all"]),
        (["accept", "{kind}", "{id}", "--all"], ["--all"]),
        (["accept", "{kind}", "{id}", "--limit", "3"], ["--all"]),
        (["accept", "--all", "--again"], ["--again"]),
        (["reject", "{kind}", "{id}"], ["--reason"]),
        (["withdraw"], ["TYPE and ID"]),
        (["withdraw", "{kind}", "{id}", "--batch", NOBODY], ["not both"]),
        (["withdraw", "--batch", NOBODY], ["no batch", NOBODY]),
        (["list", "--limit", "0"], ["--limit"]),
        (["list", "--company", "Acme"], ["UUID"]),
    ],
)
def test_wrong_usage(world, arguments, parts):
    (row,) = waiting(world)
    kind, activity_id = key(row)
    words = [word.format(kind=kind, id=activity_id) for word in arguments]
    who = ANN if words[0] != "list" else ()
    before = world.value(COUNT)
    result = review(world, words[0], *who, *words[1:])
    refused(world, result, 2, *parts)
    assert "Ann B" not in result.stderr
    assert world.value(COUNT) == before


def test_there_must_be_something_to_withdraw(world):
    (row,) = waiting(world)
    result = review(world, "withdraw", *key(row), *ANN)
    refused(world, result, 3, str(row["activity_id"]), "no decision to withdraw")


def test_before_migrations_and_before_any_run(database, tmp_path):
    target = make_platform(database)
    world = World(database, tmp_path)
    refused(world, review(world, "list"), 1, "migrate up")
    migrate_up(target)
    refused(world, review(world, "list"), 1, "association_review_queue", "run")
    refused(world, review(world, "accept", "match", NOBODY, *ANN), 1, "run")


# -- racing reviewers ----------------------------------------------------------------


def test_what_was_decided_meanwhile_is_not_overruled_unawares(world):
    (row,) = waiting(world)
    assert review(world, "accept", *key(row), *ANN).exit_code == 0
    for words in (
        ("accept", *key(row)),
        ("reject", *key(row), "--reason", "private_use"),
        ("reassign", *key(row), other_instance(world, row)),
    ):
        result = review(world, *words, "--reviewer", "kim", "--yes")
        refused(
            world, result, 3, str(row["activity_id"]), "accepted by ann.b", "--again"
        )
    assert len(decisions(world, row)) == 1
    words = ("reject", *key(row), "--reason", "private_use", "--again")
    assert review(world, *words, *ANN).exit_code == 0
    assert decisions(world, row)[-1]["decision"] == "rejected"


def test_who_decides_between_the_look_and_the_word_is_first(world):
    (row,) = waiting(world)
    target = target_of(world.params)
    with target.connect(autocommit=True) as ann, target.connect(autocommit=True) as bob:
        both = [
            decide(
                connection,
                target,
                "accepted",
                one_activity(*key(row)),
                reviewer=reviewer,
            )
            for connection, reviewer in ((ann, "ann.b"), (bob, "bob"))
        ]
        record(ann, both[0])
        with pytest.raises(Refused, match=r"meanwhile by ann\.b as accepted"):
            record(bob, both[1])
    assert [decision["reviewer"] for decision in decisions(world, row)] == ["ann.b"]


# -- bulk ----------------------------------------------------------------------------


def test_lines_from_a_file_are_one_batch(world, tmp_path):
    rows = waiting(world, 3)
    lines = [" ".join(map(str, key(row))) for row in rows]
    file = tmp_path / "activities"
    file.write_text("\n\n".join([*lines, lines[0]]))
    outcome = told(review(world, "accept", "--from", file, *ANN, "--json"))
    assert [row["activity_id"] for row in outcome["activities"]] == [
        str(row["activity_id"]) for row in rows
    ]
    for row in rows:
        (decision,) = decisions(world, row)
        assert str(decision["batch_id"]) == outcome["batch_id"]


def test_lines_come_from_standard_input_too(world):
    rows = waiting(world, 2)
    stdin = "".join(f"{row['activity_type']} {row['activity_id']}\n" for row in rows)
    words = ("reject", "--from", "-", *ANN, "--reason", "private_use")
    assert review(world, *words, stdin=stdin).exit_code == 0
    for row in rows:
        assert decisions(world, row)[0]["decision"] == "rejected"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "names no activity"),
        (b"\nsession\n", "line 2"),
        (b"session x\n", "line 1"),
        (f"course {NOBODY}".encode(), "line 1"),
        (f"session {NOBODY} {NOBODY}".encode(), "line 1"),
        (b"\xff\xfe\xff", "UTF-8"),
    ],
)
def test_a_bad_file_is_wrong_usage(world, tmp_path, content, said):
    file = tmp_path / "activities"
    file.write_bytes(content)
    result = review(world, "accept", "--from", file, *ANN)
    refused(world, result, 2, "activities", said)


@pytest.mark.parametrize("bad", ["decided", "without_instance", "unknown"])
def test_one_bad_activity_and_none_is_decided(world, bad):
    rows = waiting(world, 3)
    verb, *reason = ("accept",)
    lines = [key(row) for row in rows]
    code = 3
    if bad == "decided":
        assert review(world, "accept", *key(rows[1]), *ANN).exit_code == 0
    elif bad == "without_instance":
        lines[1] = key(waiting(world, where="best_program_instance_id is null")[0])
    else:
        verb, reason, code = "reject", ["--reason", "private_use"], 2
        lines[1] = ("session", UUID(NOBODY))
    before = world.value(COUNT)
    stdin = "".join(f"{kind} {activity_id}\n" for kind, activity_id in lines)
    result = review(world, verb, "--from", "-", *ANN, *reason, stdin=stdin)
    refused(world, result, code, str(lines[1][1]))
    assert world.value(COUNT) == before


def test_all_that_filters_find_and_the_batch_taken_back(world):
    (row,) = waiting(world, where=f"{ACCEPTABLE} and review_reason = 'tied_candidates'")
    filters = ("--review-reason", "tied_candidates", "--company", row["company_id"])
    listed = told(
        review(world, "list", "--json", "--limit", 9999, "--reason", *filters[1:])
    )
    outcome = told(review(world, "accept", "--all", *filters, *ANN, "--json"))
    assert len(outcome["activities"]) == listed["waiting"] > 0
    refused(
        world, review(world, "accept", "--all", *filters, *ANN), 3, "Nothing in the"
    )
    # one of them is decided anew: the batch is not what holds there
    kind, activity_id = key(row)
    anew = ("reject", kind, activity_id, "--again", "--reason", "private_use")
    assert review(world, *anew, *ANN).exit_code == 0
    batch = outcome["batch_id"]
    back = told(review(world, "withdraw", "--batch", batch, *ANN, "--json"))
    assert len(back["activities"]) == listed["waiting"] - 1
    assert list(back["left_out"].values()) == [1]
    assert back["batch_id"] not in (None, batch)
    assert decisions(world, row)[-1]["decision"] == "rejected"
    result = review(world, "withdraw", "--batch", batch, *ANN)
    refused(world, result, 3, batch, "Nothing is left")
    assert told(review(world, "list", "--json", "--reason", *filters[1:]))[
        "waiting"
    ] == (listed["waiting"] - 1)


def test_accept_all_leaves_out_what_has_no_instance(world):
    words = ("accept", "--all", "--reviewer", "kim", "--dry-run", "--json")
    outcome = told(review(world, *words))
    without = told(review(world, "list", "--json"))["waiting"] - len(
        outcome["activities"]
    )
    assert sum(outcome["left_out"].values()) == without > 0


# -- what the next run makes of it ---------------------------------------------------


def by_key(world: World) -> dict[tuple[str, UUID], dict[str, Any]]:
    """Return the associations by their key."""
    return {key(row): row for row in world.associations()}


def settled(
    before: dict[tuple[str, UUID], dict[str, Any]],
    after: dict[tuple[str, UUID], dict[str, Any]],
) -> int:
    """Return how many activities went from review to auto."""
    return sum(
        row["decision"] == "review" and after[name]["decision"] == "auto"
        for name, row in before.items()
    )


@pytest.fixture(scope="module")
def settled_world(world) -> World:
    """The same when all that other tests decided is applied."""
    succeed(world.command("run"))
    return world


@pytest.fixture(scope="module")
def accepted(settled_world) -> dict[str, Any]:
    """A bulk acceptance, and the run that applies it."""
    world = settled_world
    before = by_key(world)
    words = ("accept", "--all", "--limit", 25, "--order", "confidence", *ANN, "--json")
    outcome = told(review(world, *words))
    succeed(world.command("run"))
    return {"told": outcome, "before": before, "after": by_key(world)}


@pytest.fixture(scope="module")
def reassigned(settled_world, accepted) -> dict[str, Any]:
    """One reassignment of a person with siblings in review, and a rejection."""
    world = settled_world
    before = by_key(world)
    # to the runner-up, where there is one that can be chosen
    (row,) = world.rows(
        """
        select
            queue.*,
            cast(candidates.candidate ->> 'program_instance_id' as uuid) as chosen
        from analytics.association_review_queue as queue
        cross join lateral jsonb_array_elements(queue.candidates)
            as candidates (candidate)
        where candidates.candidate ->> 'candidate_rank' = '2'
            and candidates.candidate ->> 'program_instance_id' is not null
        order by
            count(*) over (partition by queue.beneficiary_id) desc, queue.activity_id
        limit 1
        """
    )
    outcome = told(review(world, "reassign", *key(row), row["chosen"], *ANN, "--json"))
    (other,) = world.rows(
        "select * from analytics.association_review_queue"  # noqa: S608 (an id of ours)
        f" where beneficiary_id <> '{row['beneficiary_id']}' limit 1"
    )
    words = ("reject", *key(other), *ANN, "--reason", "private_use", "--again")
    assert told(review(world, *words, "--json"))["settled_siblings"] == 0
    succeed(world.command("run", "--full-refresh"))
    return {
        "told": outcome,
        "row": row,
        "rejected": other,
        "before": before,
        "after": by_key(world),
    }


def test_the_next_run_applies_a_bulk_and_settles_as_many_as_was_told(accepted):
    for row in accepted["told"]["activities"]:
        name = (row["activity_type"], UUID(row["activity_id"]))
        after = accepted["after"][name]
        assert after["decision"] == "accepted"
        assert str(after["program_instance_id"]) == row["program_instance_id"]
        assert after["confidence"] == accepted["before"][name]["confidence"]
    assert len(accepted["told"]["activities"]) == 25
    assert (
        settled(accepted["before"], accepted["after"])
        == (accepted["told"]["settled_siblings"])
    )
    assert accepted["told"]["settled_siblings"] > 0


def test_the_next_run_applies_a_reassignment_and_a_rejection(reassigned):
    row, after = reassigned["row"], reassigned["after"]
    assert after[key(row)]["decision"] == "reassigned"
    assert after[key(row)]["program_instance_id"] == row["chosen"]
    rejected = after[key(reassigned["rejected"])]
    assert (rejected["decision"], rejected["program_instance_id"]) == ("rejected", None)
    assert (
        settled(reassigned["before"], after) == (reassigned["told"]["settled_siblings"])
    )


def test_no_run_overwrites_decisions(accepted, reassigned):
    """They stand after a full refresh too."""
    for row in accepted["told"]["activities"]:
        name = (row["activity_type"], UUID(row["activity_id"]))
        if name != key(reassigned["rejected"]):
            assert reassigned["after"][name] == accepted["after"][name]


def test_decisions_that_do_not_teach_settle_nothing(settled_world, accepted):
    rows = told(
        review(
            settled_world, "accept", "--all", "--limit", 20, "--dry-run", "--json",
            "--reviewer", "kim", decisions_teach=False,
        )
    )  # fmt: skip
    assert rows["settled_siblings"] == 0


def test_withdrawn_goes_back_to_the_rules_and_a_void_decision_to_the_queue(
    settled_world, accepted, reassigned
):
    world = settled_world
    row = reassigned["row"]
    batch = accepted["told"]["batch_id"]
    back = told(review(world, "withdraw", "--batch", batch, *ANN, "--json"))
    # somebody deletes the instance that was chosen
    world.execute(
        f"delete from program_instances where id = '{row['chosen']}'"  # noqa: S608 (ours)
    )
    succeed(world.command("run"))
    after = by_key(world)
    for activity in back["activities"]:
        name = (activity["activity_type"], UUID(activity["activity_id"]))
        assert after[name]["decision"] in ("auto", "review")
    assert after[key(row)]["decision"] == "review"
    assert after[key(row)]["review_reason"] == "stale_decision"
    listed = told(review(world, "list", "--json", "--reason", "stale_decision"))
    assert str(row["activity_id"]) in {
        activity["activity_id"] for activity in listed["activities"]
    }
    # a void decision is none: nothing to overrule
    words = ("reject", *key(row), *ANN, "--reason", "private_use")
    assert review(world, *words).exit_code == 0
    # but the new one is
    refused(world, review(world, *words), 3, "rejected by ann.b", "--again")


def test_dates_of_the_queue_are_those_of_the_run(settled_world):
    """The world's day is fixed, so that these tests say the same every day."""
    target = target_of(settled_world.params)
    with target.connect() as connection:
        rows, _ = read_queue(connection, target, Filters())
    assert all(row["activity_date"] <= AS_OF for row in rows)


def test_a_role_without_rights_is_told_so(settled_world):
    world = settled_world
    role = f"reader_{uuid4().hex}"
    name = sql.Identifier(role)
    with world.connect() as connection:
        connection.execute(sql.SQL("create role {} login password 'x'").format(name))
    try:
        weak = replace(world, params={**world.params, "user": role, "password": "x"})
        refused(world, review(weak, "list"), 1, "may not do this")
    finally:
        with psycopg.connect(**world.params, autocommit=True) as connection:
            connection.execute(sql.SQL("drop role {}").format(name))
