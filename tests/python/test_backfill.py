"""Backfill: a part of history, the same result as a run, whatever stops it."""

import json
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg import sql

from campaign_association import server
from conftest import new_database
from platforms import TABLES, World, fail, make_platform, succeed

START, END = "2026-02-01", "2026-04-30"
COMPANY_OF = """
select company_id, count(*)
from company_users
inner join kintell_sessions on user_id = participant_id
group by company_id
order by 2 desc
limit 1
"""


@pytest.fixture(scope="module")
def original(
    embedded: server.Server, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    """A platform that was never associated; a template for others."""
    with new_database(embedded.params) as here:
        world = World(here, tmp_path_factory.mktemp("backfill"))
        make_platform(world, 2_500)
        yield world


@pytest.fixture
def world(original: World) -> Iterator[World]:
    """A copy of it."""
    name = f"backfill_{uuid4().hex}"
    with psycopg.connect(
        **{**original.params, "dbname": "postgres"}, autocommit=True
    ) as connection:
        connection.execute(
            sql.SQL("create database {} template {}").format(
                sql.Identifier(name), sql.Identifier(original.params["dbname"])
            )
        )
        yield replace(original, params={**original.params, "dbname": name})
        connection.execute(
            sql.SQL("drop database {} with (force)").format(sql.Identifier(name))
        )


def test_only_what_is_in_scope_is_associated_and_written(world: World) -> None:
    company = world.rows(COMPANY_OF)[0]["company_id"]
    people = {
        row["user_id"]
        for row in world.rows("select company_id, user_id from company_users")
        if row["company_id"] == company
    }
    sessions = {
        row["id"]: row
        for row in world.rows(
            "select id, participant_id, volunteer_id,"
            " coalesce(completed_at, scheduled_at)::date::text as day"
            " from kintell_sessions"
        )
    }
    wanted = {
        session_id
        for session_id, row in sessions.items()
        if row["day"] and START <= row["day"] <= END
        and {row["participant_id"], row["volunteer_id"]} & people
    }  # fmt: skip

    figures = json.loads(
        succeed(
            world.command(
                "backfill", "--entity", "sessions", "--company", str(company),
                "--start-date", START, "--end-date", END, "--json",
            )
        )
    )  # fmt: skip

    associated = {UUID(str(row["activity_id"])) for row in world.associations()}
    assert wanted
    assert associated == wanted
    assert set(world.held()) <= {("session", session_id) for session_id in wanted}
    assert world.held() == world.wanted()
    assert figures["activities"] == len(wanted)
    assert figures["write_back"]["written"] == len(world.held())
    assert [row["activity_type"] for row in figures["by_type"]] == ["session"]

    # the rest is a run's business, and comes to what a full refresh comes to
    succeed(world.command("run"))
    after = world.associations()
    succeed(world.command("run", "--full-refresh"))
    assert world.associations() == after
    assert len(after) > len(wanted)


def test_killed_and_resumed_it_ends_as_if_it_had_not_been(
    world: World, original: World
) -> None:
    """SIGKILL while it associates and while it writes, Ctrl-C once."""
    size = ("--chunk-size", "1000", "--batch-size", "100")
    randomly = random.Random(7)
    first, second = (
        _stop(world, signal.SIGKILL, randomly.uniform(8, 25), "backfill", *size),
        _stop(world, signal.SIGINT, randomly.uniform(8, 20), "backfill", "--resume"),
    )
    assert first[0] == -signal.SIGKILL
    if second[0]:
        assert second[0] == 1
        assert "backfill --resume" in second[1]
        _stop(world, signal.SIGKILL, 15, "backfill", "--resume", *size)
    done = world.command("backfill", "--resume", *size)
    if done.returncode:
        # the one before came to its end in time
        fail(done, 1, "no backfill to resume")
    run_ids = [
        row["run_id"]
        for row in world.rows("select run_id from association_ops.write_back_runs")
    ]

    assert world.held() == world.wanted() == world.logged()
    assert len(world.associations()) == sum(
        world.value(f"select count(*) from {table}")  # noqa: S608 (our names)
        for kind, table in TABLES.items()
        if kind != "completion"
    ) + world.value("select count(*) from learning_progress where status = 'completed'")
    # nothing was written twice
    assert world.value("select count(*) from association_ops.write_back_log") == len(
        world.held()
    )
    assert len(run_ids) >= 1
    interrupted = world.associations()
    succeed(world.command("run", "--full-refresh"))
    assert world.associations() == interrupted


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--resume", "--entity", "matches"], "leave out --entity"),
        (["--start-date", END, "--end-date", START], "is after --end-date"),
        (["--start-date", "yesterday"], "does not match the format"),
        (["--company", "ACME"], "is not a valid UUID"),
        (["--batch-size", "0"], "0 is not in the range"),
    ],
)
def test_wrong_usage(original: World, arguments: list[str], message: str) -> None:
    fail(original.command("backfill", *arguments), 2, message)


def test_nothing_to_resume(original: World) -> None:
    fail(original.command("backfill", "--resume"), 1, "no backfill to resume")


def _stop(
    world: World, how: signal.Signals, seconds: float, *arguments: Any
) -> tuple[int, str]:
    """Run a command and stop it after a while; return its exit code and errors."""
    process = subprocess.Popen(
        [sys.executable, "-m", "campaign_association", *arguments,
         *world.vars_option({})],
        env=world.environment, cwd=world.project,
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    deadline = time.monotonic() + seconds
    while process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.1)
    process.send_signal(how)
    _, errors = process.communicate(timeout=120)
    return process.returncode, " ".join(errors.split())
