"""Bad input through the real command: a clear error, an exit code, nothing written."""

import csv
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from platforms import World, fail, new_world, succeed
from servers import free_port

pytestmark = pytest.mark.slow

WRONG_USAGE = {
    "day as people write it": (
        ["run", "--vars", "{as_of_date: 30.06.2026}"],
        ["as_of_date '30.06.2026'", "Write it as 2026-06-30"],
    ),
    "day that does not exist": (
        ["run", "--vars", "{as_of_date: 2026-02-30}"],
        ["--vars cannot be read", "day is out of range"],
    ),
    "day that does not exist, quoted": (
        ["run", "--vars", "{as_of_date: '2026-13-01'}"],
        ["as_of_date '2026-13-01'", "Write it as 2026-06-30"],
    ),
    "day with a time": (
        ["run", "--vars", "{as_of_date: 2026-06-30 12:00:00}"],
        ["as_of_date", "without a time"],
    ),
    "zone": (
        ["run", "--vars", "{reporting_time_zone: Mars/Olympus}"],
        ["reporting_time_zone 'Mars/Olympus'", "Europe/Berlin"],
    ),
    "schema": (
        ["run", "--vars", "{platform_schema: 5}"],
        ["platform_schema 5", "name of a schema"],
    ),
    "neither true nor false": (
        ["run", "--vars", "{use_enrollments: maybe}"],
        ["use_enrollments must be true or false", "'maybe'"],
    ),
    "share that Python reads": (
        ["write-back", "--vars", "{max_overwrite_ratio: lots}"],
        ["max_overwrite_ratio 'lots'", "number"],
    ),
    "variable that does not exist": (
        ["write-back", "--vars", "{auto_treshold: 70}"],
        ["no variable 'auto_treshold'", "auto_threshold"],
    ),
    "variables that are no mapping": (
        ["run", "--vars", "as_of_date"],
        ["--vars must be a mapping", "'{as_of_date: 2026-06-30}'"],
    ),
    "variables that are no YAML": (
        ["run", "--vars", "{as_of_date: ["],
        ["--vars cannot be read", "Write it as YAML"],
    ),
    "option that does not exist": (["run", "--fast"], ["--fast", "--help"]),
    "verb that does not exist": (["walk"], ["'walk'", "--help"]),
    "batch of no rows": (["run", "--batch-size", "0"], ["--batch-size", "x>=1"]),
    "id that is no number": (["undo", "last"], ["'RUN_ID'", "'last'", "--help"]),
    "folder without profiles": (
        ["run", "--profiles-dir", "/nowhere"],
        ["no profiles.yml in /nowhere", "profiles.yml.example"],
    ),
}


@pytest.mark.parametrize(("arguments", "parts"), WRONG_USAGE.values(), ids=WRONG_USAGE)
def test_wrong_usage(run_command, tmp_path, arguments, parts):
    unused = tmp_path / "no server"
    env = {"CAMPAIGN_ASSOCIATION_SERVER_DIR": str(unused)}
    fail(run_command(*arguments, env=env), 2, *parts)
    # found out before anything is started
    assert not unused.exists()


PROFILE = {
    "type": "postgres",
    "host": "127.0.0.1",
    "port": 1,
    "user": "analytics",
    "password": "{{ env_var('DBT_ENV_SECRET_TEST') }}",
    "dbname": "platform",
    "schema": "analytics",
}


@pytest.mark.parametrize(
    ("outputs", "arguments", "parts"),
    [
        ({"dev": PROFILE}, ["--target", "prod"], ["named 'prod'", "- dev"]),
        ({"dev": PROFILE}, ["--profile", "mine"], ["profile named 'mine'"]),
        ({"dev": PROFILE}, [], ["DBT_ENV_SECRET_TEST"]),
        ({"dev": PROFILE | {"password": "sesame", "dbname": None}}, [], ["dev"]),
        ({"dev": {"type": "spark"}}, [], ["dbt-spark is not installed", "setup-spark"]),
        ({"dev": {"type": "duckdb"}}, [], ["'duckdb'", "type postgres or spark"]),
        ("not a mapping", [], ["profiles.yml"]),
    ],
    ids=[
        "target",
        "profile",
        "unset secret",
        "incomplete",
        "spark",
        "type",
        "no outputs",
    ],
)
def test_wrong_profile(run_command, tmp_path, outputs, arguments, parts):
    profiles = {"campaign_association": {"target": "dev", "outputs": outputs}}
    file = tmp_path / "profiles.yml"
    file.write_text(yaml.safe_dump(profiles))
    result = run_command("run", "--profiles-dir", tmp_path, *arguments)
    assert "sesame" not in fail(result, 2, str(file), *parts)


def test_on_spark_there_is_run_alone(run_command, tmp_path):
    outputs = {"target": "lake", "outputs": {"lake": {"type": "spark"}}}
    profiles = {"campaign_association": outputs}
    (tmp_path / "profiles.yml").write_text(yaml.safe_dump(profiles))
    for command in (
        ["explain", "session", "00000000-0000-0000-0000-000000000001"],
        ["backfill"],
        ["review", "list"],
        ["ingest", "status"],
        ["write-back"],
    ):
        result = run_command(*command, "--profiles-dir", tmp_path)
        fail(result, 2, "target 'lake' is of type 'spark'", "works on type postgres")


UNREACHABLE = {
    "no server": ({"port": free_port()}, "Connection refused"),
    "password": ({"password": "swordfish"}, "password authentication failed"),
    "database": ({"dbname": "nothing_here"}, '"nothing_here" does not exist'),
    "host": ({"host": "nowhere.invalid"}, "nowhere.invalid"),
}


@pytest.mark.parametrize(("wrong", "part"), UNREACHABLE.values(), ids=UNREACHABLE)
def test_no_connection_by_variables(foreign_server, run_command, wrong, part):
    params = foreign_server | wrong
    mend = "Check PGHOST, PGPORT, PGUSER, PGPASSWORD and PGDATABASE."
    said = fail(run_command("run", params=params), 1, part, mend)
    assert params["password"] not in said


def test_no_connection_by_profile(foreign_server, run_command, tmp_path):
    names = ("host", "port", "user", "dbname")
    profile = PROFILE | {name: foreign_server[name] for name in names}
    profiles = {"campaign_association": {"target": "dev", "outputs": {"dev": profile}}}
    (tmp_path / "profiles.yml").write_text(yaml.safe_dump(profiles))
    env = {"DBT_ENV_SECRET_TEST": "swordfish"}
    result = run_command("run", "--profiles-dir", tmp_path, env=env)
    place = f"PostgreSQL at 127.0.0.1:{profile['port']}, database postgres"
    mend = "Check that the server runs and that host, port, database, user and"
    said = fail(result, 1, place, "password authentication failed", mend)
    assert "swordfish" not in said


def test_database_without_platform(database, run_command):
    said = ("no schema platform", "platform_schema")
    fail(run_command("run", params=database), 1, *said)
    result = run_command("migrate", "up", params=database)
    fail(result, 1, "no schema platform", "platform_schema", "public")


# -- on a platform ---------------------------------------------------------------------


@pytest.fixture(scope="module")
def world(embedded, tmp_path_factory) -> Iterator[World]:
    """A small platform, migrated; no run has written to it."""
    folder = tmp_path_factory.mktemp("bad_input")
    with new_world(embedded.params, folder, activities=150) as world:
        yield world


@pytest.fixture
def unwritten(world) -> Iterator[World]:
    """The same; the test must leave it unwritten."""
    before = world.written_state()
    yield world
    assert world.written_state() == before
    assert not world.held()


def test_unknown_run(unwritten):
    fail(unwritten.command("undo", "4711"), 2, "no run 4711", "write_back_runs")


def test_write_back_before_any_build(unwritten):
    fail(unwritten.command("write-back"), 1, "does not exist", "dbt build")


def test_missing_migrations(unwritten):
    with unwritten.connect() as connection:
        connection.execute("alter schema association_ops rename to elsewhere")
        try:
            result = unwritten.command("run")
        finally:
            connection.execute("alter schema elsewhere rename to association_ops")
    fail(result, 1, "0052", "campaign-association migrate up")


@pytest.mark.parametrize(
    ("variables", "parts"),
    [
        ({"review_threshold": 90}, ["review_threshold (90)", "auto_threshold (80)"]),
        ({"auto_threshold": "high"}, ["auto_threshold must be a number", "not high"]),
    ],
    ids=["order", "no number"],
)
def test_thresholds(unwritten, variables, parts):
    fail(unwritten.command("run", **variables), 2, *parts)


def test_missing_table_and_column(unwritten):
    changes = (
        "alter table program_enrollments rename to enrolments",
        "alter table campaigns rename column end_date to last_day",
    )
    back = (
        "alter table enrolments rename to program_enrollments",
        "alter table campaigns rename column last_day to end_date",
    )
    unwritten.execute(*changes)
    try:
        result = unwritten.command("run")
    finally:
        unwritten.execute(*back)
    fail(
        result,
        1,
        "table platform.program_enrollments is missing",
        "column platform.campaigns.end_date is missing",
        "platform_schema",
    )


@pytest.fixture
def copy(unwritten, tmp_path) -> World:
    """The same with a copy of the project, to spoil its seeds."""
    return unwritten.copy(tmp_path, "project")


def spoil(copy: World, **points: str | None) -> None:
    """Set the points of signals in the seed; None takes the row out."""
    path = Path(copy.project, "seeds", "scoring_rules.csv")
    with path.open(newline="") as file:
        header, *rows = csv.reader(file)
    rows = [[row[0], points.get(row[0], row[1]), row[2]] for row in rows]
    known = {row[0] for row in rows}
    rows = [row for row in rows if row[1] is not None]
    rows += [[name, value, ""] for name, value in points.items() if name not in known]
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([header, *rows])


def test_rules_that_make_no_sense(copy):
    spoil(copy, group_exact="-5", full_moon="3", enrolled=None)
    with Path(copy.project, "seeds", "scoring_rules.csv").open("a") as file:
        file.write("date_match,30,again\n")
    fail(
        copy.command("run"),
        1,
        "scoring_rules",
        "unknown signal full_moon: remove the row or correct its name",
        "signal group_exact has -5 points: give it 0 or more",
        "signal date_match is there 2 times: keep one row",
        "signal enrolled is missing: add it",
    )


def test_rules_without_number(copy):
    spoil(copy, group_exact="forty")
    fail(copy.command("run"), 1, "scoring_rules", "forty", "integer")


def test_swapped_dates_are_a_campaign_without_window(world):
    campaign = world.value(
        "select campaign_id from program_instances"
        " group by campaign_id order by count(*) desc, campaign_id limit 1"
    )
    world.execute(
        "update campaigns set start_date = end_date, "  # noqa: S608 (an id of ours)
        f"end_date = start_date where id = '{campaign}'"
    )
    report = json.loads(succeed(world.command("run", "--json")))
    assert report["write_back"]["written"] > 50
    found = {row["campaign_id"] for row in world.associations()}
    assert len(found) > 3
    assert campaign not in found
    assert world.held() == world.wanted()
