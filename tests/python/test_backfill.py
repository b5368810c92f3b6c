"""Backfill: a part of history, the same result as a run, whatever stops it."""

import json
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest

from campaign_association import server
from conftest import new_database
from disturbances import FAST_LOG, SLOW_LOG
from platforms import World, copied_world, fail, make_platform, succeed

pytestmark = pytest.mark.slow

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
    with copied_world(original) as copy:
        yield copy


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


def test_killed_and_resumed_it_ends_as_if_it_had_not_been(world: World) -> None:
    """SIGKILL while it associates and while it writes, Ctrl-C in between."""
    size = ("--chunk-size", "1000", "--batch-size", "50")
    code, _ = _stop(
        world, signal.SIGKILL, "select max(chunks_done) = 1 from {ops}.backfills",
        "backfill", *size,
    )  # fmt: skip
    assert code == -signal.SIGKILL
    code, said = _stop(
        world, signal.SIGINT, "select count(*) > 2 from {ops}.dbt_runs"
        " where builds_associations", "backfill", "--resume",
    )  # fmt: skip
    assert code == 1
    assert "Interrupted" in said
    assert "backfill --resume" in said
    world.execute(SLOW_LOG)
    code, _ = _stop(
        world, signal.SIGKILL, "select count(*) > 0 from {ops}.write_back_log",
        "backfill", "--resume", *size,
    )  # fmt: skip
    assert code == -signal.SIGKILL
    written = world.value("select count(*) from association_ops.write_back_log")
    assert 0 < written < len(world.wanted())
    world.execute(FAST_LOG)

    succeed(world.command("backfill", "--resume"))

    assert world.held() == world.wanted() == world.logged()
    # nothing was written twice
    assert world.value("select count(*) from association_ops.write_back_log") == len(
        world.held()
    )
    resumed = world.associations()
    succeed(world.command("run", "--full-refresh"))
    assert world.associations() == resumed


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
    world: World, how: signal.Signals, condition: str, *arguments: Any
) -> tuple[int, str]:
    """Run a command and stop it at a random moment once a condition holds.

    Return its exit code and errors. ``condition`` is a query.
    """
    process = subprocess.Popen(
        [sys.executable, "-m", "campaign_association", *arguments,
         *world.vars_option({})],
        env=world.environment, cwd=world.project,
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    query = condition.format(ops="association_ops")
    with world.connect() as connection:
        while process.poll() is None and not connection.execute(query).fetchone()[0]:
            time.sleep(0.02)
    time.sleep(random.uniform(0, 0.3))
    process.send_signal(how)
    _, errors = process.communicate(timeout=120)
    return process.returncode, " ".join(errors.split())
