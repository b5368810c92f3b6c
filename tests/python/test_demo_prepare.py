"""The platform the demo works on: made once, and made anew where a demo was killed."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import psycopg
import pytest
from psycopg.sql import SQL, Identifier

from campaign_association.demo.platform import create_platform, search_path
from campaign_association.demo.prepare import Platform, prepare_platform
from campaign_association.errors import CommandFailed, WrongUsage
from campaign_association.target import Target

MAKE_A_LARGE_ONE = """
import json, sys
from test_demo_prepare import target_of
from campaign_association.demo.prepare import prepare_platform
target = target_of(json.load(sys.stdin))
with target.connect(autocommit=True) as connection:
    prepare_platform(connection, target, seed=3, scale=20)
"""
SMALL = Platform(seed=1, activities=200, as_of_date=date(2026, 6, 30))
SECONDS = 120


@pytest.fixture
def target(database: dict[str, Any]) -> Target:
    return target_of(database)


@pytest.fixture
def connection(target: Target) -> Iterator[psycopg.Connection[Any]]:
    with target.connect(autocommit=True) as connection:
        yield connection


def target_of(params: dict[str, Any], **overrides: Any) -> Target:
    """Return a target on a database, with a fixed day."""
    return Target(params, "analytics", {"as_of_date": "2026-06-30", **overrides}, ())


def test_a_platform_is_made_once(connection, target):
    assert prepare_platform(connection, target, seed=1, scale=0.01) == SMALL
    before = contents(connection)
    assert prepare_platform(connection, target) == SMALL
    assert prepare_platform(connection, target, seed=1, scale=0.01) == SMALL
    assert contents(connection) == before
    with pytest.raises(WrongUsage, match=r"seed 1 and 200 activities.*--reset"):
        prepare_platform(connection, target, seed=2)


def test_what_a_killed_demo_left_behind_is_made_anew(connection, target):
    tests = [path for path in sys.path if path]
    killed = subprocess.Popen(
        [sys.executable, "-c", f"import sys; sys.path = {tests!r}\n{MAKE_A_LARGE_ONE}"],
        stdin=subprocess.PIPE,
    )
    try:
        killed.stdin.write(json.dumps(dict(target.params)).encode())
        killed.stdin.close()
        # users are written long before sessions and their indexes
        wait_until(lambda: killed.poll() is not None or has_users(connection))
        assert killed.poll() is None
    finally:
        killed.send_signal(signal.SIGKILL)
        killed.wait()
    assert prepare_platform(connection, target, seed=1, scale=0.01) == SMALL
    assert contents(connection)["platform_truth.activity_truth"] == 200
    assert contents(connection)["platform.users"] < 1000
    schemas = {table.split(".")[0] for table in contents(connection)}
    assert schemas == {"platform", "platform_truth"}


@pytest.mark.parametrize("schema", ["platform", "public"])
def test_tables_that_no_demo_made_are_left_alone(connection, database, schema):
    target = target_of(database, platform_schema=schema)
    create_platform(connection, schema)
    with connection.transaction(), search_path(connection, schema):
        connection.execute("insert into companies (name) values ('Ours')")
    with pytest.raises(CommandFailed, match=r"no demo finished.*--reset"):
        prepare_platform(connection, target, seed=1, scale=0.01)
    assert contents(connection)[f"{schema}.companies"] == 1


def test_the_platform_may_be_in_a_schema_that_was_there(connection, database):
    target = target_of(database, platform_schema="public")
    assert prepare_platform(connection, target, seed=1, scale=0.01) == SMALL
    assert prepare_platform(connection, target) == SMALL


def contents(connection: psycopg.Connection[Any]) -> dict[str, int]:
    """Return the number of rows of each table."""
    names = connection.execute(
        "select table_schema, table_name from information_schema.tables"
        " where table_schema not in ('pg_catalog', 'information_schema')"
    ).fetchall()
    count = SQL("select count(*) from {}")
    return {
        ".".join(name): connection.execute(count.format(Identifier(*name))).fetchone()[
            0
        ]
        for name in names
    }


def has_users(connection: psycopg.Connection[Any]) -> bool:
    """Tell whether the table of users is there and filled."""
    try:
        found = connection.execute("select exists (select from platform.users)")
    except psycopg.errors.UndefinedTable:
        return False
    return found.fetchone()[0]


def wait_until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SECONDS
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)
