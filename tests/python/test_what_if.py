"""explain --rules gives the figures of a run by those rules and leaves no trace."""

import json
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
import yaml

from campaign_association.rules_file import SEED
from campaign_association.what_if import OURS, WHAT_IF_LOCK_KEY
from platforms import PRIVATE, World, fail, mark_personal_data, new_world, succeed

pytestmark = pytest.mark.slow

CONFIRMED = {"auto", "accepted", "reassigned"}


@pytest.fixture(scope="module")
def world(embedded, tmp_path_factory) -> Iterator[World]:
    """A small platform after a run; its personal texts bear a mark."""
    folder = tmp_path_factory.mktemp("what_if")
    with new_world(embedded.params, folder, activities=600) as made:
        mark_personal_data(made)
        succeed(made.command("run"))
        yield made


def ask(world: World, folder: Path, rules: dict[str, Any], *more: str) -> Any:
    """Return what ``explain --rules --json`` says of these rules."""
    return json.loads(
        succeed(world.command("explain", "--rules", file(folder, rules), "--json"))
    )


def file(folder: Path, rules: dict[str, Any]) -> Path:
    """Write rules to a file."""
    path = folder / "rules.yml"
    path.write_text(yaml.safe_dump(rules))
    return path


def scratch_schemas(world: World) -> list[str]:
    """Return the schemas of what-ifs that are there now."""
    rows = world.rows("select nspname from pg_namespace where nspname ~ '_what_if'")
    return [row["nspname"] for row in rows]


def state(world: World) -> dict[str, Any]:
    """Return all that a what-if must leave as it is: gates, writes, associations."""
    kept = {
        name: world.rows(f"select xmin::text, * from {name} order by 2, 3")  # noqa: S608 (our names)
        for name in ("analytics.campaign_associations", "association_ops.dbt_runs")
    }
    return {**kept, **world.written_state(), "scratch": scratch_schemas(world)}


def compare(now: list[dict[str, Any]], then: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the figures of a what-if, reckoned from two lists of associations."""
    changes: Counter[Any] = Counter()
    campaigns: dict[str, Counter[str]] = {}
    touched = set()
    for before, after in zip(now, then, strict=True):
        assert before["activity_id"] == after["activity_id"]
        names = ("campaign_id", "program_instance_id", "band", "decision")
        differs = [before[name] != after[name] for name in names]
        changes[
            before["band"], after["band"], before["decision"], after["decision"],
            differs[0], differs[1],
        ] += 1  # fmt: skip
        for when, row in (("now", before), ("then", after)):
            counts = campaigns.setdefault(str(row["campaign_id"]), Counter())
            counts[f"confirmed_{when}"] += row["decision"] in CONFIRMED
            counts[f"with_pending_{when}"] += row["decision"] in {*CONFIRMED, "review"}
            if any(differs):
                touched.add(str(row["campaign_id"]))
    touched.discard("None")
    return {
        "changes": changes,
        "campaigns": {name: campaigns[name] for name in touched},
    }


def said(figures: Any) -> dict[str, Any]:
    """Return the same of what the command said."""
    return {
        "changes": Counter(
            {
                (
                    row["band_now"], row["band_then"], row["decision_now"],
                    row["decision_then"], row["is_other_campaign"],
                    row["is_other_instance"],
                ): row["activities"]
                for row in figures["changes"]
            }
        ),
        "campaigns": {
            row["campaign_id"]: {
                name: value for name, value in row.items() if name != "campaign_id"
            }
            for row in figures["campaigns"]
        },
    }  # fmt: skip


@pytest.mark.parametrize("kind", ["yaml", "csv"])
def test_the_rules_that_hold_change_nothing(
    world: World, tmp_path: Path, kind: str
) -> None:
    path = file(tmp_path, {"points": {"group_partial": 20}, "auto_threshold": 80})
    if kind == "csv":
        path = Path(shutil.copy(SEED, tmp_path))
    before = state(world)
    figures = json.loads(succeed(world.command("explain", "--rules", path, "--json")))
    assert figures["rules"] == {}
    assert (figures["activities"], figures["changed"]) == (
        len(before["analytics.campaign_associations"]), 0,
    )  # fmt: skip
    assert (figures["campaigns"], figures["examples"]) == ([], [])
    assert state(world) == before
    # no gate has heard of it
    assert "0 values" in succeed(world.command("write-back", "--dry-run"))


def test_it_says_what_a_run_by_these_rules_makes(
    embedded, world: World, tmp_path: Path
) -> None:
    rules = {"points": {"group_partial": 5, "enrolled": 33}, "auto_threshold": 90}
    before = state(world)
    figures = ask(world, tmp_path, rules)
    assert state(world) == before
    assert figures["rules"]["enrolled"] == {"now": 40, "then": 33}
    assert figures["rules"]["auto_threshold"] == {"now": 80, "then": 90}
    now = world.associations()

    copy = world.copy(tmp_path, "project")
    seed = copy.project / "seeds" / "scoring_rules.csv"
    text = seed.read_text().replace("group_partial,20", "group_partial,5")
    seed.write_text(text.replace("enrolled,40", "enrolled,33"))
    succeed(copy.command("run", "--no-write-back", auto_threshold=90))
    expected = compare(now, world.associations())
    assert said(figures) == expected
    assert figures["changed"] == sum(
        number
        for (band, other_band, decision, other, *differs), number
        in expected["changes"].items()
        if band != other_band or decision != other or any(differs)
    ) > 50  # fmt: skip
    succeed(world.command("run", "--no-write-back"))
    assert world.associations() == now


def test_what_is_printed(world: World, tmp_path: Path) -> None:
    path = file(tmp_path, {"auto_threshold": 75})
    result = world.command("explain", "--rules", path, "--show", "2")
    shown = succeed(result)
    for words in (
        "auto_threshold: 80 -> 75",
        "activities would change, compared with the last run (as of 2026-06-30)",
        "the largest 2 of",
        "A company and a date alone would associate: they reach 75 points",
        "Nothing was adopted.",
        "seeds/scoring_rules.csv",
    ):
        assert words in shown
    assert PRIVATE not in (shown + result.stderr).lower()
    assert all(len(line) <= 100 for line in shown.splitlines()[:-5])


@pytest.mark.parametrize(
    ("rules", "parts"),
    [
        ({"points": {"full_moon": 3}}, ["full_moon", "group_exact"]),
        ({"points": {"enrolled": -3}}, ["enrolled", "0 up", "-3"]),
        ({"points": {"enrolled": "1 end"}}, ["enrolled", "whole number"]),
        ({"review_threshold": 81}, ["review_threshold (81)", "auto_threshold (80)"]),
    ],
)
def test_wrong_rules(
    world: World, tmp_path: Path, rules: dict[str, Any], parts: list[str]
) -> None:
    path = file(tmp_path, rules)
    fail(world.command("explain", "--rules", path), 2, str(path), *parts)
    assert scratch_schemas(world) == []


def test_two_at_once(world: World, tmp_path: Path) -> None:
    path = file(tmp_path, {"auto_threshold": 75})
    with world.connect() as connection:
        connection.execute("select pg_advisory_lock(%s)", [WHAT_IF_LOCK_KEY])
        result = world.command("explain", "--rules", path)
    fail(result, 3, "Another explain --rules is at work")


def test_schemas_of_others_are_left_alone(world: World, tmp_path: Path) -> None:
    path = file(tmp_path, {"auto_threshold": 75})
    world.execute("create schema analytics_what_if")
    try:
        fail(world.command("explain", "--rules", path), 3, "analytics_what_if")
        assert scratch_schemas(world) == ["analytics_what_if"]
    finally:
        world.execute("drop schema analytics_what_if")


def test_a_killed_one_is_cleared_away(world: World, tmp_path: Path) -> None:
    rules = file(tmp_path, {"points": {"group_partial": 20}})
    process = subprocess.Popen(
        [sys.executable, "-m", "campaign_association", "explain", "--rules",
         str(rules), *world.vars_option({})],
        env=world.environment, cwd=world.project,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    deadline = time.monotonic() + 240
    while not any_scratch_table(world):
        assert process.poll() is None, "ended before it could be killed"
        assert time.monotonic() < deadline
        time.sleep(0.2)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert len(scratch_schemas(world)) == 2
    comment = "select obj_description('analytics_what_if'::regnamespace)"
    assert world.value(comment) == OURS
    assert ask(world, tmp_path, {"points": {"group_partial": 20}})["changed"] == 0
    assert scratch_schemas(world) == []


def any_scratch_table(world: World) -> bool:
    """Whether dbt has begun to build in the scratch schemas."""
    with psycopg.connect(**world.params) as connection:
        query = "select from pg_tables where schemaname ~ '_what_if'"
        return connection.execute(query).fetchone() is not None
