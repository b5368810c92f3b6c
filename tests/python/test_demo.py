"""The verb demo from end to end, on an embedded server of its own."""

import json
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from campaign_association import server
from campaign_association.migration.backend import all_migrations
from conftest import command_environment, open_folder
from platforms import AS_OF, Result, fail, succeed

pytestmark = pytest.mark.slow

DAY = ["--vars", f"{{as_of_date: {AS_OF}}}"]
SMALL = ["--scale", "0.05"]
NONSENSE = {
    "PGHOST": "nowhere.invalid",
    "PGPORT": "1",
    "PGUSER": "nobody",
    "PGPASSWORD": "nothing",
    "PGDATABASE": "none",
    "PGOPTIONS": "-c search_path=nowhere",
}


@pytest.fixture(scope="module")
def place(tmp_path_factory) -> Iterator[dict[str, Any]]:
    """The variables that lead to an embedded server of this module's own."""
    with open_folder() as parent:
        folder, files = parent / "demo", tmp_path_factory.mktemp("demo")
        env = {"DBT_TARGET_PATH": str(files / "target"), "DO_NOT_TRACK": "1"}
        env |= {"DBT_LOG_PATH": str(files / "logs")}
        yield {"folder": folder, "env": env}
        server.stop(folder)


@pytest.fixture
def call(place, run_command):
    """A function that runs the command there."""

    def run(*arguments: str, **more: str) -> Result:
        env = command_environment(place["folder"], more=place["env"] | more)
        return run_command(*arguments, env=env)

    return run


def test_demo(call, place):
    printed = succeed(call("demo", *SMALL, *DAY, **NONSENSE))
    for part in (
        "1,000 activities made up with seed 1 as of 2026-06-30",
        f"Migrations: {len(all_migrations())} applied now",
        "Quality thresholds",
        "precision, of",
        "recall, of all",
        "What to look at next",
    ):
        assert part in printed
    assert "nowhere.invalid" not in printed

    again = call("demo", "--json", *DAY, **NONSENSE)
    report = json.loads(succeed(again))
    assert report["write_back"]["written"] == 0
    assert sum(row["activities"] for row in report["by_type"]) > 900
    accuracy = report["accuracy"]
    assert 0.9 < accuracy["precision"] <= 1
    assert 0.8 < accuracy["recall"] <= 1
    assert accuracy["instance_precision"] <= accuracy["precision"]
    assert "1,000 activities" in again.stderr

    # the verb run finds the same server
    report = json.loads(succeed(call("run", "--json", *DAY)))
    assert report["write_back"]["written"] == 0

    for other in (["--scale", "0.06"], ["--seed", "2"]):
        fail(call("demo", *other, *DAY), 2, "seed 1", "1,000", "--reset")

    reset = call("demo", "--reset", "--seed", "2", "--scale", "0.03", "--json", *DAY)
    report = json.loads(succeed(reset))
    assert "600 activities made up with seed 2" in reset.stderr
    associated = sum(row["auto"] for row in report["by_type"])
    assert report["write_back"]["written"] == associated > 400
    # the BI user still reads the models that were dropped and made again
    reader = server.start(place["folder"]).bi_params
    with psycopg.connect(**reader) as connection:
        query = "select count(*) from analytics.campaign_associations"
        assert connection.execute(query).fetchone()[0] >= associated


def test_scale_must_be_positive(run_command):
    fail(run_command("demo", "--scale", "0"), 2, "--scale", "x>0")
