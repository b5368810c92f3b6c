"""explain says of an activity what runs record, people decided and logs hold."""

import json
import random
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from click.testing import CliRunner

from campaign_association import explanation
from campaign_association.dbt import compile_analyses
from campaign_association.explain import explain_command
from campaign_association.target import Target
from platforms import (
    AS_OF,
    PRIVATE,
    Result,
    World,
    associated_world,
    fail,
    new_world,
    succeed,
)

pytestmark = pytest.mark.slow

# one campaign a way to miss a language session of 2026-03-10
COMPANY, PERSON, SESSION = (UUID(int=number) for number in (1, 2, 3))
CAMPAIGNS = {
    # name: start, end, status, is_active, program type
    "takes it": ("2026-03-01", "2026-03-31", "active", True, "language"),
    "draft": ("2026-03-01", "2026-03-31", "draft", True, "language"),
    "inactive": ("2026-03-01", "2026-03-31", "active", False, "language"),
    "other type": ("2026-03-01", "2026-03-31", "active", True, "buddy"),
    "tomorrow": ("2026-03-11", "2026-03-31", "active", True, "language"),
    "last year": ("2025-01-01", "2025-12-31", "closed", True, "language"),
    "all at once": ("2026-03-20", "2026-03-31", "draft", False, "buddy"),
    "swapped": ("2026-03-31", "2026-03-01", "active", True, "language"),
}
MISSED_BY = {
    "draft": (0, ["draft"]),
    "inactive": (0, ["inactive"]),
    "other type": (0, ["program_type"]),
    "tomorrow": (1, ["before_window"]),
    # 31 and 28 days of January and February, and 10
    "last year": (69, ["after_window"]),
    "all at once": (10, ["draft", "inactive", "before_window", "program_type"]),
    "swapped": (None, ["no_window"]),
}


@pytest.fixture(scope="module")
def world(server_folder, tmp_path_factory) -> World:
    """A platform after a run, shared with other tests: explain changes nothing."""
    return associated_world(server_folder, tmp_path_factory.getbasetemp())


@pytest.fixture(scope="module", autouse=True)
def compiled_once() -> Iterator[None]:
    """Let dbt compile once for a database and its variables: it takes seconds."""
    compiled: dict[str, dict[str, str]] = {}

    def compile_once(target: Target, folder: str, names: Any) -> dict[str, str]:
        key = f"{target.params['dbname']} {sorted(target.overrides.items())}"
        if key not in compiled:
            compiled[key] = compile_analyses(target, folder, names)
        return compiled[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(explanation, "compile_analyses", compile_once)
        yield


@pytest.fixture(scope="module")
def lived(embedded, tmp_path_factory) -> Iterator[World]:
    """A small platform that people have decided on, written and undone."""
    folder = tmp_path_factory.mktemp("lived")
    with new_world(embedded.params, folder, activities=300) as made:
        add_misses(made)
        succeed(made.command("run"))
        yield made


def change(world: World, query: str, **values: Any) -> None:
    """Run a statement."""
    with world.connect() as connection:
        connection.execute(query, values)


def look(world: World, query: str, **values: Any) -> list[tuple[Any, ...]]:
    """Return the rows of a query."""
    with world.connect() as connection:
        return connection.execute(query, values).fetchall()


def add_misses(world: World) -> None:
    """Add the company with campaigns that miss the session, one by one."""
    change(
        world,
        """
        with company as (
            insert into companies (id, name) values (%(company)s, 'Misses')
        ),

        person as (
            insert into users (id, email, first_name, last_name, role)
            values (%(person)s, 'p@example.org', 'P', 'P', 'beneficiary')
        ),

        templates as (
            insert into program_templates (name, program_type)
            values ('language', 'language'), ('buddy', 'buddy')
        )

        insert into kintell_sessions
            (id, session_type, participant_id, volunteer_id, completed_at)
        values (%(session)s, 'language', %(person)s, %(person)s, '2026-03-10 12:00+00')
        """,
        company=COMPANY,
        person=PERSON,
        session=SESSION,
    )
    change(
        world,
        "insert into company_users (company_id, user_id) values (%(a)s, %(b)s)",
        a=COMPANY,
        b=PERSON,
    )
    with world.connect() as connection:
        for name, values in CAMPAIGNS.items():
            connection.execute(
                """
                insert into campaigns (
                    name, company_id, start_date, end_date, status, is_active,
                    program_template_id
                )
                select %s, %s, %s, %s, %s, %s, id
                from program_templates
                where name = %s
                """,
                [name, COMPANY, *values],
            )


def call(world: World, *arguments: object, **variables: Any) -> Result:
    """Run the verb in this process."""
    result = CliRunner().invoke(
        explain_command,
        [*map(str, arguments), *world.vars_option(variables)],
        env=world.environment,
    )
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return Result([], result.exit_code, result.stdout, result.stderr)


def explained(world: World, *arguments: object, **variables: Any) -> Any:
    """Return what ``explain --json`` says."""
    return json.loads(succeed(call(world, *arguments, "--json", **variables)))


def samples(world: World, each: int = 4) -> list[dict[str, Any]]:
    """Return some associations of every decision and reason."""
    kinds: dict[Any, list[dict[str, Any]]] = {}
    for row in world.associations():
        kind = (row["decision"], row["review_reason"], row["unmatched_reason"])
        kinds.setdefault(kind, []).append(row)
    chooser = random.Random(3)
    return [
        row
        for rows in kinds.values()
        for row in chooser.sample(rows, min(each, len(rows)))
    ]


# -- the rules ------------------------------------------------------------------------


def test_the_rules_are_those_of_the_run(world: World) -> None:
    chosen = samples(world)
    reasons = {row["review_reason"] or row["unmatched_reason"] for row in chosen}
    assert len(reasons) > 8
    for row in chosen:
        found = explained(world, row["activity_type"], row["activity_id"])
        assert found["rules"]["changes"] == {}
        assert_equals_record(found, row)
        assert_complete(world, found)


def assert_equals_record(found: Any, row: dict[str, Any]) -> None:
    """Every field of the recorded row is what the rules and the candidates say."""
    association = found["rules"]["association"]
    assert association.keys() - {"associated_at"} == row.keys()
    for name, value in row.items():
        assert association[name] == plain(value), name
    candidates = found["rules"]["candidates"]
    assert len(candidates) == row["candidate_count"]
    if not candidates:
        return
    best = candidates[0]
    for name in (
        "campaign_id", "confidence", "band", "group_signal", "tag_similarity",
        "points_company", "points_date", "points_group", "points_status",
        "points_instance", "match_reasons", "is_placed", "is_tied", "margin",
        "cohort_ambiguous",
    ):  # fmt: skip
        assert best[name] == plain(row[name]), name
    if row["decision"] == "auto":
        assert best["program_instance_id"] == str(row["program_instance_id"])
    if row["decision"] == "review":
        assert found["rules"]["steps_to_auto"]
    runner_up = candidates[1]["campaign_id"] if len(candidates) > 1 else None
    assert runner_up == plain(row["runner_up_campaign_id"])


def plain(value: Any) -> Any:
    """Return a value as JSON has it."""
    return (
        value
        if value is None or isinstance(value, int | str | list)
        else (float(value) if isinstance(value, Decimal) else str(value))
    )


def assert_complete(world: World, found: Any) -> None:
    """Every campaign of the company's is a candidate or has missed by something."""
    basis = found["activity"]["company_basis"]
    person = found["activity"][f"{basis}_id"] if basis else None
    campaigns = look(
        world,
        "select distinct campaigns.id from campaigns inner join company_users"
        " using (company_id) where user_id = %(person)s",
        person=person,
    )
    told = [
        row["campaign_id"] for row in [*found["rules"]["candidates"], *found["misses"]]
    ]
    assert sorted(told) == sorted(str(id_) for (id_,) in campaigns)
    assert all(row["missed_by"] for row in found["misses"])
    if found["rules"]["association"]["near_miss_days"] is not None:
        counting = [
            row["days_outside"]
            for row in found["misses"]
            if not {"draft", "inactive", "no_window"} & set(row["missed_by"])
        ]
        assert min(counting) == found["rules"]["association"]["near_miss_days"]


def test_misses_by_hand(lived: World) -> None:
    found = explained(lived, "session", SESSION)
    campaigns = "select id::text, name from campaigns where company_id = %(company)s"
    names = dict(look(lived, campaigns, company=COMPANY))
    misses = {
        names[row["campaign_id"]]: (row["days_outside"], row["missed_by"])
        for row in found["misses"]
    }
    assert misses == MISSED_BY
    (only,) = found["rules"]["candidates"]
    assert names[only["campaign_id"]] == "takes it"
    # nothing but company, date, an open group and the status speaks for it
    assert only["confidence"] == 30 + 30 + 10 + 10
    assert found["rules"]["association"]["review_reason"] == "no_program_instance"
    assert found["rules"]["steps_to_auto"] == [
        "a cohort of the campaign that covers the date"
    ]
    shown = succeed(call(lived, "session", str(SESSION)))
    for words in (
        "starts 1 days later", "ended 69 days before", "takes buddy only",
        "is a draft, is not active, starts 10 days later", "has no window",
    ):  # fmt: skip
        assert words in shown


def test_other_rules_and_days_than_the_runs(world: World) -> None:
    row = next(
        row
        for row in world.associations()
        if row["decision"] == "auto" and row["confidence"] < 100
    )
    variables = {"auto_threshold": 100}
    found = explained(world, row["activity_type"], row["activity_id"], **variables)
    changes = found["rules"]["changes"]
    assert changes["band"] == {"recorded": "high", "rules": "medium"}
    assert changes["rules_version"]["recorded"] == row["rules_version"]


def test_one_activity_by_two_sets_of_rules(world: World, tmp_path: Path) -> None:
    rules = tmp_path / "rules.yml"
    rules.write_text("{points: {group_partial: 1}, auto_threshold: 90}")
    row = next(
        row
        for row in world.associations()
        if row["group_signal"] == "group_partial" and row["decision"] == "auto"
    )
    key = (row["activity_type"], row["activity_id"])
    found = explained(world, *key, "--rules", str(rules))
    assert found["rules"]["changes"] == {}
    proposed = found["proposed"]
    assert proposed["candidates"][0]["points_group"] in (0, 1, 10, 40)
    assert proposed["association"]["confidence"] == row["confidence"] - 19
    assert proposed["association"]["decision"] == "review"
    shown = succeed(call(world, *map(str, key), "--rules", str(rules)))
    assert "decision: auto -> review" in shown


# -- what people and programs did -----------------------------------------------------


def test_decisions_and_writes(lived: World) -> None:
    row = next(row for row in lived.associations() if row["decision"] == "auto")
    kind, activity_id = row["activity_type"], row["activity_id"]
    first = explained(lived, kind, activity_id)
    assert [write["kind"] for write in first["writes"]] == ["run"]
    assert first["writes"][0]["new_value"] == str(row["program_instance_id"])
    assert first["platform"] == {
        "program_instance_id": str(row["program_instance_id"]), "pending": None,
    }  # fmt: skip
    assert (first["decisions"], first["locked"]) == ([], None)

    change(
        lived,
        "insert into association_ops.review_decisions"
        " (activity_type, activity_id, decision, reviewer, reason)"
        " values (%(kind)s, %(id)s, 'rejected', 'ann.b', 'private_use')",
        kind=kind,
        id=activity_id,
    )
    decided = explained(lived, kind, activity_id)
    assert decided["rules"]["changes"]["decision"] == {
        "recorded": "auto", "rules": "rejected",
    }  # fmt: skip
    assert decided["decisions"][0]["reviewer"] == "ann.b"
    shown = succeed(call(lived, kind, str(activity_id)))
    assert "The next run will change it" in shown
    assert "decision: auto -> rejected" in shown

    succeed(lived.command("run"))
    succeed(lived.command("undo", str(first["writes"][0]["run_id"] + 1)))
    after = explained(lived, kind, activity_id)
    assert after["recorded"]["decision"] == "rejected"
    assert after["rules"]["changes"] == {}
    assert [write["kind"] for write in after["writes"]] == ["run", "run", "undo"]
    undo = after["writes"][2]
    assert after["writes"][1]["undone_by_run_id"] == undo["run_id"]
    assert undo["undone_run_id"] == after["writes"][1]["run_id"]
    assert after["platform"]["program_instance_id"] == str(row["program_instance_id"])
    assert after["platform"]["pending"]["action"] == "withheld"
    shown = succeed(call(lived, kind, str(activity_id)))
    assert "rejected by ann.b (private_use)" in shown
    assert f"(undone by run {undo['run_id']})" in shown
    assert "Pending: withheld NULL" in shown


def test_an_activity_that_no_run_has_seen(lived: World) -> None:
    new = UUID(int=4)
    change(
        lived,
        "insert into kintell_sessions"
        " (id, session_type, participant_id, volunteer_id, completed_at)"
        " select %(new)s, session_type, participant_id, volunteer_id, completed_at"
        " from kintell_sessions where id = %(old)s",
        new=new,
        old=SESSION,
    )
    found = explained(lived, "session", new)
    assert (found["recorded"], found["rules"]["changes"]) == (None, {})
    assert found["rules"]["association"]["decision"] == "review"
    shown = succeed(call(lived, "session", str(new)))
    assert "None yet: the next run will record" in shown


def test_a_locked_association(lived: World) -> None:
    row = next(
        row
        for row in lived.associations()
        if row["decision"] == "auto"
        and row["activity_date"] < AS_OF
        and row["confidence"] < 100
    )
    key = (row["activity_type"], row["activity_id"])
    change(
        lived,
        """
        with closing as (
            insert into association_ops.book_closings
                (action, locked_before, associations)
            values ('lock', %(day)s, 1)
            returning closing_id
        )

        insert into association_ops.locked_associations
            (activity_type, activity_id, activity_date, decision, closing_id)
        select activity_type, activity_id, activity_date, decision, closing_id
        from analytics.campaign_associations
        cross join closing
        where activity_type = %(kind)s and activity_id = %(id)s
        """,
        day=AS_OF,
        kind=key[0],
        id=key[1],
    )
    assert explained(lived, *key)["locked"]["closing_id"] == 1
    shown = succeed(call(lived, *key, auto_threshold=100))
    assert "locked" in shown
    assert "Its lock keeps it as it is." in shown
    assert "The next run" not in shown
    change(lived, "delete from association_ops.locked_associations")


# -- what is printed ------------------------------------------------------------------


def test_the_shape_of_json(world: World) -> None:
    row = next(row for row in world.associations() if row["decision"] == "review")
    found = explained(world, row["activity_type"], row["activity_id"])
    assert found.keys() == {
        "as_of_date", "activity", "recorded", "rules", "misses", "placements",
        "decisions", "writes", "platform", "locked", "proposed",
    }  # fmt: skip
    assert found["rules"].keys() == {
        "association", "changes", "candidates", "steps_to_auto",
    }  # fmt: skip
    assert found["as_of_date"] == AS_OF.isoformat()
    assert found["proposed"] is None
    assert isinstance(found["activity"]["hours"], float)
    assert found["recorded"]["activity_id"] == str(row["activity_id"])


def test_the_waterfall_adds_up_on_eighty_columns(world: World) -> None:
    row = next(row for row in world.associations() if row["candidate_count"] > 1)
    key = (row["activity_type"], str(row["activity_id"]))
    shown = succeed(call(world, *key))
    bars = [line for line in shown.splitlines() if "█" in line]
    assert len(bars) > 6
    assert all(len(line) <= 80 for line in bars)
    # each bar begins where the one above it ends, within rounding
    company, date = bars[0], bars[1]
    assert date.index("█") == company.rindex("█") + 1


def test_nothing_personal_is_said(world: World) -> None:
    for row in samples(world, each=1)[:6]:
        key = (row["activity_type"], str(row["activity_id"]))
        for arguments in ([], ["--json"]):
            result = call(world, *key, *arguments)
            said = succeed(result) + result.stderr
            assert PRIVATE not in said.lower()
            assert "@" not in said


# -- wrong usage ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "parts"),
    [
        ([], ["Name an activity", "--rules FILE"]),
        (["session"], ["Which session?", "explain session ID"]),
        (["course", str(SESSION)], ["'course'", "session", "completion"]),
        (["session", "4711"], ["'4711'", "UUID"]),
        (["session", str(UUID(int=9))], ["no session with id", str(UUID(int=9))]),
        (["match", str(SESSION)], ["no match with id"]),
        (["--rules", "/nowhere.yml"], ["/nowhere.yml", "does not exist"]),
    ],
)
def test_wrong_usage(lived: World, arguments: list[str], parts: list[str]) -> None:
    fail(call(lived, *arguments), 2, *parts)


def test_before_the_first_run(embedded, tmp_path: Path) -> None:
    with new_world(embedded.params, tmp_path, activities=50) as world:
        result = call(world, "session", str(SESSION))
        fail(result, 1, "does not exist", "campaign-association run")
