"""Runs that die or are held up: nothing is lost, and the next run heals what is left.

Kills of the write-back alone, and its locks, are in test_write_back.py. Here whole runs
meet faults, on a server of the test's own that may crash.
"""

import random
import signal
import time
from collections.abc import Iterator

import pytest

from campaign_association import server
from conftest import open_folder
from disturbances import crash, ended, running, setting_of_database, small_disk
from platforms import AS_OF, World, fail, new_world, succeed
from reference import compare
from reference.compare import MODEL
from reference.living import QUEUE, SELECTED, full_refresh, stored_rows, unlike
from reference.targets import target_of

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]

# people go on working: sessions come and go, tags and windows change
WORK = (
    """
    insert into kintell_sessions (
        session_type, participant_id, volunteer_id, completed_at, duration_minutes
    )
    select session_type, participant_id, volunteer_id, completed_at, 60
    from kintell_sessions where program_instance_id is not null
    order by random() limit 25
    """,
    "delete from kintell_sessions where id in"
    " (select id from kintell_sessions order by random() limit 10)",
    "update users set tags = '[]' where id in"
    " (select participant_id from buddy_matches order by random() limit 10)",
    "update campaigns set start_date = start_date + 5 where id in"
    " (select id from campaigns order by random() limit 1)",
)
DRAW = random.Random(20260630)


@pytest.fixture(scope="module")
def postgres() -> Iterator[server.Server]:
    """A server that these tests alone use."""
    with open_folder() as parent:
        folder = parent / "server"
        try:
            yield server.start(folder)
        finally:
            server.stop(folder)


@pytest.fixture(scope="module")
def built(postgres, tmp_path_factory) -> Iterator[World]:
    """A platform after a run."""
    folder = tmp_path_factory.mktemp("faults")
    with new_world(postgres.params, folder, activities=400) as world:
        succeed(world.command("run"))
        yield world


@pytest.fixture
def world(built) -> Iterator[World]:
    """The platform with work for a run. Whatever happens, what it holds is logged."""
    built.execute(*WORK)
    yield built
    assert built.held() == built.logged()


def heal(world: World) -> None:
    """Run once more: that sets right whatever the runs before have left."""
    succeed(world.command("run", "--allow-large-change"))
    assert world.held() == world.wanted() == world.logged()
    assert_settled(world)


def assert_settled(world: World) -> None:
    """One more build changes no row, and a full refresh gives the same."""
    variables = {"as_of_date": AS_OF.isoformat()}
    scratch = world.folder / "settled"
    target = target_of(world.params, scratch, variables)
    before = {model: stored_rows(target, model) for model in (MODEL, QUEUE)}
    compare.dbt(target, scratch, "run", *SELECTED)
    assert {model: stored_rows(target, model) for model in before} == before
    full = full_refresh(world.params, scratch, variables)
    for model, ignored in ((MODEL, "associated_at"), (QUEUE, "waiting_since")):
        assert not unlike(before[model], full[model], (ignored,), "in a full refresh")


# -- deaths ----------------------------------------------------------------------------


def test_killed_at_random_moments(world):
    for _ in range(4):
        with running(world) as process:
            time.sleep(DRAW.uniform(0, 8))
        assert process.returncode in (-signal.SIGKILL, 0)
        assert world.held() == world.logged()
        world.execute(*WORK)
    heal(world)


def test_server_crashes_during_runs(world, postgres):
    for _ in range(2):
        with running(world) as process:
            time.sleep(DRAW.uniform(0, 6))
            crash(postgres)
            fail(ended(process), 1, "server")
        assert world.held() == world.logged()
    heal(world)


def test_server_crashes_between_runs(world, postgres):
    """The tables that are not logged are empty then; no association changes for it."""
    states = "select *, xmin::text from analytics.campaign_associations order by 1, 2"
    heal(world)
    before = world.rows(states)
    crash(postgres)
    # batches do not wait for the disk, a run that says it is done has
    assert world.held() == world.wanted() == world.logged()
    succeed(world.command("run"))
    assert world.rows(states) == before


# -- no writing, no room ---------------------------------------------------------------


def test_read_only_server(world):
    before = world.written_state()
    with setting_of_database(world, "default_transaction_read_only", "on"):
        result = world.command("run")
    fail(result, 1, "read-only transaction")
    assert world.written_state() == before


def test_no_room_for_temporary_files(world):
    before = world.written_state()
    with (
        setting_of_database(world, "temp_file_limit", "'64kB'"),
        setting_of_database(world, "work_mem", "'64kB'"),
    ):
        result = world.command("run", "--full-refresh")
    fail(result, 1, "temp_file_limit")
    assert world.written_state() == before


def test_full_disk(world):
    before = world.written_state()
    with small_disk(world) as (tablespace, make_room):
        with setting_of_database(world, "default_tablespace", tablespace):
            result = world.command("run", "--full-refresh")
        fail(result, 1, "No space left on device")
        assert world.written_state() == before
        make_room()
        heal(world)


# -- others at work --------------------------------------------------------------------


def test_two_runs_at_once(world):
    with running(world) as first:
        fail(world.command("run"), 3, "Another run", "try again")
        succeed(ended(first))


def test_locked_table_is_not_waited_for_without_end(world):
    before = world.written_state()
    with world.connect() as other:
        other.execute("begin; lock table learning_progress in access exclusive mode")
        with running(world, PGOPTIONS="-c lock_timeout=1s") as process:
            result = ended(process)
        other.execute("rollback")
    fail(result, 1, "learning_progress", "lock timeout", "run again")
    assert world.written_state() == before


def test_threads_of_dbt_drop_in_turns(world):
    """Two at once, of tables that share views, could wait for each other for ever."""
    before = world.written_state()
    with world.connect() as other:
        other.execute(
            "select pg_advisory_lock(hashtextextended('analytics', 4920050053))"
        )
        with running(world, PGOPTIONS="-c lock_timeout=1s") as process:
            result = ended(process)
    fail(result, 1, "lock timeout", "run again")
    assert world.written_state() == before
    succeed(world.command("run"))


def test_lock_that_goes_away_is_waited_for(world):
    with world.connect() as other:
        other.execute("begin; lock table learning_progress in access exclusive mode")
        with running(world) as process:
            time.sleep(5)
            assert process.poll() is None
            other.execute("rollback")
            succeed(ended(process))


def test_table_that_is_slow_to_write(world):
    """Where statements have a limit, a batch that meets it is taken back whole."""
    world.execute(
        "create function be_slow() returns trigger language plpgsql as"
        " $$ begin perform pg_sleep(25); return new; end $$",
        "create trigger be_slow before update on kintell_sessions"
        " for each row execute function be_slow()",
    )
    with setting_of_database(world, "statement_timeout", "'20s'"):
        result = world.command("run", "--allow-large-change")
    world.execute("drop function be_slow cascade")
    fail(result, 1, "statement timeout", "rows are left")
    heal(world)


def test_column_renamed_in_the_middle(world):
    before = world.written_state()
    with running(world) as process:
        world.execute("alter table campaigns rename column status to state")
        result = ended(process)
    again = world.command("run")
    world.execute("alter table campaigns rename column state to status")
    fail(result, 1, "status")
    fail(again, 1, "column platform.campaigns.status is missing")
    assert world.written_state() == before
    heal(world)
