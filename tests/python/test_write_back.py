"""Write-back: only our own values, all of them logged, and never twice."""

import json
import os
import random
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import psycopg
import pytest
from click.testing import CliRunner
from psycopg import sql

from campaign_association import write_back as write_back_module
from campaign_association import write_batches, writer_lock
from campaign_association.errors import CommandFailed, Refused
from campaign_association.server import Server
from campaign_association.write_back import write_back, write_back_command
from campaign_association.write_runs import close_broken_run, start_run
from disturbances import FAST_LOG, SLOW_LOG
from write_back_world import GONE, A, B, C, World, activity, open_world

WRITE_BACK = (
    "from campaign_association.write_back import write_back_command as verb; verb()"
)


@pytest.fixture
def world(embedded: Server) -> Iterator[World]:
    """A world without activities."""
    with open_world(embedded.params) as made:
        yield made


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for locks no longer than a test needs."""
    monkeypatch.setattr(write_batches, "LOCK_TIMEOUT", "100ms")
    monkeypatch.setattr(write_batches, "ATTEMPTS", 3)
    monkeypatch.setattr(write_batches, "LONGEST_WAIT_SECONDS", 0.1)
    monkeypatch.setattr(writer_lock, "GRACE_SECONDS", 0.1)


def environment(world: World) -> dict[str, str]:
    names = {"host": "PGHOST", "port": "PGPORT", "user": "PGUSER",
             "password": "PGPASSWORD", "dbname": "PGDATABASE"}  # fmt: skip
    kept = {name: text for name, text in os.environ.items() if name[:2] != "PG"}
    return kept | {names[name]: str(world.params[name]) for name in names}


def call(world: World, *arguments: str) -> Any:
    """Run the verb in this process and return click's result."""
    return CliRunner().invoke(
        write_back_command, list(arguments), env=environment(world)
    )


def start(world: World, *arguments: str) -> subprocess.Popen[str]:
    """Start the verb as a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-c", WRITE_BACK, *arguments],
        env=environment(world),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # a test run in the background of a shell would hand down that Ctrl-C is ignored
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )


def wait_until(condition: Callable[[], Any], seconds: float = 30) -> None:
    """Poll until the condition holds; fail when it does not in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.005)


def somebody_waits(world: World) -> bool:
    """Tell whether a session of this database waits for a lock."""
    return world.value(
        "select count(*) > 0 from pg_stat_activity"
        " where datname = current_database() and wait_event_type = 'Lock'"
    )


@contextmanager
def somebody_locks(world: World, number: int) -> Iterator[psycopg.Connection]:
    """Hold the row lock of a session in another transaction."""
    with psycopg.connect(**world.params) as other:
        other.execute(
            "select from platform.kintell_sessions where id = %s for update",
            [activity(number)],
        )
        yield other
        other.rollback()


# -- what is written ----------------------------------------------------------------


def test_writes_all_three_services_and_logs_every_write(world: World) -> None:
    world.add(1, A)
    world.add(2, B, kind="match")
    world.add(3, C, kind="completion")
    world.add(4, None, decision="review")
    result = write_back(world.target)
    assert (result.written, result.left, result.conflicts) == (3, 0, {})
    assert world.held(1) == A
    assert world.held(2, "match") == B
    assert world.held(3, "completion") == C
    assert world.held(4) is None
    assert sorted(world.log()) == sorted(
        [
            (result.run_id, "session", activity(1), None, A),
            (result.run_id, "match", activity(2), None, B),
            (result.run_id, "completion", activity(3), None, C),
        ]
    )
    assert world.runs() == [("write-back", "done", 3)]


def test_writes_only_program_instance_id(world: World) -> None:
    world.execute("alter table platform.kintell_sessions add column note text")
    world.add(1, A)
    world.execute(
        "update platform.kintell_sessions set note = 'n', completed_at = '2026-01-01Z'"
    )
    write_back(world.target)
    assert world.rows(
        "select note, completed_at::date::text, program_instance_id"
        " from platform.kintell_sessions"
    ) == [("n", "2026-01-01", A)]


def test_records_build_day_and_kind_of_the_run(world: World) -> None:
    world.add(1, A)
    world.add(2, A, held=B)
    write_back(world.target, kind="backfill")
    assert world.rows(
        "select kind, as_of_date::text, invocation_id, conflicts,"
        " finished_at >= started_at from association_ops.write_back_runs"
    ) == [("backfill", "2026-06-30", "build 1", 1, True)]


def test_nothing_to_write_is_a_run_without_rows(world: World) -> None:
    world.add(1, A)
    write_back(world.target)
    again = write_back(world.target)
    assert (again.written, again.to_write) == (0, 0)
    assert world.runs() == [("write-back", "done", 1), ("write-back", "done", 0)]
    assert len(world.log()) == 1


def test_changes_and_clears_values_of_its_own(world: World) -> None:
    world.add(1, A)
    world.add(2, A)
    first = write_back(world.target)
    world.want(1, B)
    world.want(2, None, "review")
    second = write_back(world.target)
    assert (world.held(1), world.held(2)) == (B, None)
    assert world.log()[2:] == [
        (second.run_id, "session", activity(1), A, B),
        (second.run_id, "session", activity(2), A, None),
    ]
    assert first.run_id != second.run_id
    world.want(2, C)
    write_back(world.target)
    assert world.held(2) == C


def test_the_same_id_in_two_services_is_two_activities(world: World) -> None:
    world.add(1, A)
    world.add(1, B, kind="match")
    write_back(world.target)
    world.want(1, C)
    world.execute("delete from analytics.campaign_associations"
                  " where activity_type = 'match'")  # fmt: skip
    write_back(world.target)
    assert (world.held(1), world.held(1, "match")) == (C, None)


def test_a_value_of_ours_goes_when_its_association_vanishes(world: World) -> None:
    world.add(1, A)
    world.add(2, None, held=B)
    write_back(world.target)
    world.execute("delete from analytics.campaign_associations")
    # as if it were written a moment ago: the next build is to say
    assert world.pending() == {}
    world.execute(
        "insert into analytics_internal.no_activities"
        " select id from platform.kintell_sessions"
    )
    assert world.pending() == {1: ("write", None)}
    # another association, so that the gate for empty associations is open
    world.add(3, A)
    write_back(world.target)
    assert (world.held(1), world.held(2)) == (None, B)


def test_a_value_of_ours_is_written_anew_when_its_instance_was_deleted(
    world: World,
) -> None:
    world.add(1, A)
    write_back(world.target)
    world.execute("delete from platform.program_instances where id = %s", A)
    assert world.held(1) is None
    world.want(1, B)
    write_back(world.target)
    assert world.held(1) == B
    assert [row[3:] for row in world.log()] == [(None, A), (None, B)]


def test_a_deleted_activity_is_nobodys_concern(world: World) -> None:
    world.add(1, A)
    world.execute("delete from platform.kintell_sessions")
    assert write_back(world.target).written == 0
    assert world.pending() == {}


@pytest.mark.parametrize("batch_size", [1, 2, 3, 7, 100])
def test_every_batch_size_writes_the_same(world: World, batch_size: int) -> None:
    for number in range(1, 8):
        world.add(number, A, kind=("session", "match")[number % 2])
    result = write_back(world.target, batch_size=batch_size)
    assert (result.written, result.left) == (7, 0)
    assert len(world.log()) == 7
    # one transaction writes one batch: its platform rows and their log rows
    assert world.value(
        """
        select bool_and(sessions.xmin = log.xmin)
        from association_ops.write_back_log as log
        inner join platform.kintell_sessions as sessions
            on log.activity_id = sessions.id
        """
    )
    assert world.value(
        "select count(distinct xmin::text) from association_ops.write_back_log"
    ) == -(-4 // batch_size) + -(-3 // batch_size)


@pytest.mark.parametrize("batch_size", [1, 2, 3, 10])
def test_services_may_take_turns_and_conflicts_come_between(
    world: World, batch_size: int
) -> None:
    for number in range(1, 10):
        kind = ("session", "match", "completion")[number % 3]
        world.add(number, A, held=B if number in (4, 9) else None, kind=kind)
    steps: list[int] = []

    @contextmanager
    def progress(title: str, total: int) -> Iterator[Callable[[int], None]]:
        assert total == 7
        yield steps.append

    result = write_back(
        world.target,
        batch_size=batch_size,
        progress=progress,
        only=sql.SQL("(select * from {relation} order by activity_id) as mixed"),
    )
    assert (result.written, result.left) == (7, 0)
    assert sum(steps) == 7
    assert max(steps) <= batch_size
    assert len(world.log()) == 7
    assert sum(result.conflicts.values()) == 2


def test_the_log_is_looked_up_by_index(world: World) -> None:
    world.add_many(20_000)
    write_back(world.target)
    world.want(1, B)
    world.execute("vacuum analyze")
    plan = world.rows("explain select * from analytics.pending_write_backs")
    # a copy of the log, searched once for every row that differs, is quadratic
    assert "write_back_log_pkey" in str(plan)


def test_batches_follow_the_table_and_find_their_rows_by_index(world: World) -> None:
    world.add_many(20_000)
    # ids in one order, rows in another
    world.execute("create index by_hash on platform.kintell_sessions (md5(id::text))")
    world.execute("cluster platform.kintell_sessions using by_hash")
    world.execute("analyze")
    values = {"activity_type": "session", "after": 0, "up_to": 20_000, "run_id": 1}
    batch = write_batches.WRITE_BATCH.format(
        activities=sql.Identifier("platform", "kintell_sessions")
    )
    with psycopg.connect(**world.params) as writer:
        pending = sql.SQL("select * from analytics.pending_write_backs")
        write_batches.take_snapshot(writer, pending)
        in_order = writer.execute(
            """
            select count(*) filter (where ctid > ctid_before)
            from (
                select sessions.ctid, lag(sessions.ctid) over (order by rows.position)
                    as ctid_before
                from pg_temp.write_back_rows as rows
                inner join platform.kintell_sessions as sessions
                    on rows.activity_id = sessions.id
            ) as neighbours
            """
        ).fetchone()
        # the log is empty and grows under the statement
        writer.execute(write_batches.PREPARE_BATCH, ["3s"])
        explain = sql.SQL("explain (costs off) {}").format(batch)
        plan = str(writer.execute(explain, values, prepare=False).fetchall())
    assert in_order == (19_999,)
    assert "kintell_sessions_pkey" in plan
    assert "write_back_log_pkey" in plan
    assert set(re.findall(r"Seq Scan on (\w+)", plan)) == {"write_back_runs"}


# -- conflicts ----------------------------------------------------------------------


def test_conflicts_are_reported_and_never_overwritten(world: World) -> None:
    world.add(1, A, held=B)
    world.add(2, None, held=B, decision="unmatched")
    for number in (3, 4, 5):
        world.add(number, A)
    write_back(world.target)
    world.put(3, C)
    world.put(4, None)
    world.put(5, B)
    world.want(5, B)
    assert world.pending() == {
        1: ("conflict", "foreign_value"),
        2: ("conflict", "foreign_value"),
        3: ("conflict", "changed_elsewhere"),
        4: ("conflict", "cleared_elsewhere"),
    }
    result = write_back(world.target)
    assert result.written == 0
    assert result.conflicts == {
        "changed_elsewhere": 1, "cleared_elsewhere": 1, "foreign_value": 2,
    }  # fmt: skip
    assert [world.held(number) for number in range(1, 6)] == [B, B, C, None, B]


def test_a_conflict_ends_when_somebody_takes_their_word_back(world: World) -> None:
    world.add(1, A)
    write_back(world.target)
    world.put(1, C)
    world.want(1, B)
    assert world.pending() == {1: ("conflict", "changed_elsewhere")}
    world.put(1, A)
    assert write_back(world.target).written == 1
    assert world.held(1) == B


def test_a_foreign_value_without_association_is_left_alone(world: World) -> None:
    world.add(1, A)
    write_back(world.target)
    world.put(1, C)
    world.add(2, None, held=B)
    world.execute("delete from analytics.campaign_associations")
    assert world.pending() == {}


# -- what changes between the look and the write --------------------------------------


def while_writing(monkeypatch: pytest.MonkeyPatch, change: Callable[[], Any]) -> None:
    """Let a change happen after the snapshot and before the first batch."""
    real = write_back_module.write_rows

    def change_first(*arguments: Any, **options: Any) -> Any:
        change()
        return real(*arguments, **options)

    monkeypatch.setattr(write_back_module, "write_rows", change_first)


def test_a_change_after_the_snapshot_is_not_overwritten(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.add(1, A)
    world.add(2, A)
    while_writing(monkeypatch, lambda: world.put(1, C))
    result = write_back(world.target)
    assert (result.written, result.changed, result.left) == (1, 1, 0)
    assert (world.held(1), world.held(2)) == (C, A)
    assert [row[2] for row in world.log()] == [activity(2)]


def test_a_change_that_the_update_waited_for_is_not_overwritten(
    world: World,
) -> None:
    world.add(1, A)
    world.add(2, A)
    results = []
    with somebody_locks(world, 1) as other:
        other.execute(
            "update platform.kintell_sessions set program_instance_id = %s"
            " where id = %s",
            [C, activity(1)],
        )
        writer = threading.Thread(
            target=lambda: results.append(write_back(world.target))
        )
        writer.start()
        wait_until(lambda: somebody_waits(world))
        other.commit()
        writer.join()
    assert (results[0].written, results[0].changed) == (1, 1)
    assert (world.held(1), world.held(2)) == (C, A)


def test_a_value_written_and_cleared_after_the_snapshot_stays_cleared(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ingest_writes_and_somebody_clears() -> None:
        run_id = world.value(
            "insert into association_ops.write_back_runs (kind) values ('ingest')"
            " returning run_id"
        )
        world.execute(
            "insert into association_ops.write_back_log"
            " (run_id, activity_type, activity_id, new_value)"
            " values (%s, 'session', %s, %s)",
            run_id, activity(1), B,
        )  # fmt: skip

    world.add(1, A)
    while_writing(monkeypatch, ingest_writes_and_somebody_clears)
    assert write_back(world.target).changed == 1
    assert world.held(1) is None
    assert world.pending() == {1: ("conflict", "cleared_elsewhere")}


def test_an_instance_that_vanished_is_skipped(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.add(1, GONE)
    world.add(2, B)
    world.add(3, A)
    while_writing(
        monkeypatch,
        lambda: world.execute("delete from platform.program_instances"
                              " where id = %s", B),
    )  # fmt: skip
    result = write_back(world.target)
    assert result.withheld == {"instance_missing": 1}
    assert (result.written, result.vanished, result.left) == (1, 1, 0)
    assert (world.held(1), world.held(2), world.held(3)) == (None, None, A)


def test_an_instance_deleted_while_the_batch_waits_is_skipped(world: World) -> None:
    world.add(1, A)
    results = []
    with psycopg.connect(**world.params) as other:
        other.execute("delete from platform.program_instances where id = %s", [A])
        writer = threading.Thread(
            target=lambda: results.append(write_back(world.target))
        )
        writer.start()
        wait_until(lambda: somebody_waits(world))
        other.commit()
        writer.join()
    assert (results[0].written, results[0].vanished) == (0, 1)
    assert world.log() == []


# -- locks and other writers ----------------------------------------------------------


def test_a_lock_that_goes_away_is_waited_for(world: World) -> None:
    world.add(1, A)
    results = []
    with somebody_locks(world, 1) as other:
        writer = threading.Thread(
            target=lambda: results.append(write_back(world.target))
        )
        writer.start()
        wait_until(lambda: somebody_waits(world))
        other.rollback()
        writer.join()
    assert results[0].written == 1


def test_a_lock_that_stays_is_tried_again_then_reported_with_the_rows_left(
    world: World, impatient: None
) -> None:
    world.add_many(5)
    with somebody_locks(world, 3):
        with pytest.raises(CommandFailed) as caught:
            write_back(world.target, batch_size=2)
        assert "after 3 attempts" in caught.value.message
        assert "2 rows are written and logged, 3 rows are left" in caught.value.message
        assert caught.value.exit_code == 1
        assert world.runs() == [("write-back", "failed", 2)]
        assert len(world.log()) == 2
    assert write_back(world.target).written == 3
    assert len(world.log()) == 5


def test_a_second_writer_is_refused(world: World, impatient: None) -> None:
    world.add(1, A)
    with writer_lock.open_writer(world.target) as holder:
        result = call(world)
        assert result.exit_code == 3
        assert str(holder.info.backend_pid) in result.output
        assert world.log() == []
    assert call(world).exit_code == 0


def test_the_lock_may_be_taken_again_by_its_holder(world: World) -> None:
    world.add(1, A)
    with writer_lock.open_writer(world.target) as holder:
        assert write_back(world.target, connection=holder).written == 1
        with writer_lock.writer_lock(holder):
            pass
        # still held
        with (
            world.target.connect(autocommit=True) as other,
            pytest.raises(Refused),
            writer_lock.writer_lock(other, grace_seconds=0),
        ):
            pass


def test_an_error_of_the_server_is_reported_and_rolls_its_batch_back(
    world: World,
) -> None:
    world.add_many(4)
    world.execute(
        """
        create function platform.no_third() returns trigger language plpgsql as $$
        begin
            if new.id::text like '%%3' then raise exception 'not this one'; end if;
            return new;
        end $$;
        """
    )
    world.execute(
        "create trigger no_third before update on platform.kintell_sessions"
        " for each row execute function platform.no_third()"
    )
    result = call(world, "--batch-size", "2")
    assert result.exit_code == 1
    assert "not this one" in result.output
    assert "2 rows are written and logged, 2 rows are left" in result.output
    assert world.runs() == [("write-back", "failed", 2)]
    assert len(world.log()) == 2


# -- dry run and output ---------------------------------------------------------------


def test_a_dry_run_writes_nothing(world: World) -> None:
    world.add(1, A)
    world.add(2, A, held=B)
    before = world.everything()
    result = call(world, "--dry-run")
    assert result.exit_code == 0
    assert world.everything() == before
    assert "Would write 1 values" in result.output
    assert f"{activity(1)} program_instance_id: NULL -> {A}" in result.output
    assert f"{activity(2)} program_instance_id: {B} -> {A}" in result.output
    assert "foreign_value" in result.output


def test_a_dry_run_says_that_it_would_be_refused(world: World) -> None:
    world.add(1, A)
    world.build("build 2", status="error")
    result = call(world, "--dry-run", "--json")
    assert result.exit_code == 0
    told = json.loads(result.stdout)
    assert "failed" in told["refused"]
    assert told["to_write"] == 1


def test_json_is_one_object_for_programs(world: World) -> None:
    world.add(1, A)
    world.add(2, GONE)
    told = json.loads(call(world, "--dry-run", "--json").stdout)
    assert told["differences"][0] == {
        "activity_type": "session",
        "activity_id": str(activity(1)),
        "field": "program_instance_id",
        "held": None,
        "wanted": str(A),
        "action": "write",
        "reason": None,
    }
    told = json.loads(call(world, "--json").stdout)
    assert told["written"] == 1
    assert told["left"] == 0
    assert told["withheld"] == {"instance_missing": 1}
    assert told["run_id"] == 1


def test_a_wrong_batch_size_is_wrong_usage(world: World) -> None:
    for size in ("0", "-1", "many"):
        assert call(world, "--batch-size", size).exit_code == 2


def test_missing_migrations_and_models_are_named(world: World) -> None:
    world.execute("drop view analytics.pending_write_backs")
    result = call(world)
    assert result.exit_code == 1
    assert "analytics.pending_write_backs does not exist" in result.output
    assert "dbt build" in result.output
    world.execute("drop table association_ops.write_back_log cascade")
    result = call(world)
    assert result.exit_code == 1
    assert "migrate up" in result.output


# -- kills ----------------------------------------------------------------------------


def test_ctrl_c_ends_cleanly_and_running_again_goes_on(world: World) -> None:
    world.add_many(3_000)
    world.execute(SLOW_LOG)
    process = start(world, "--batch-size", "10")
    wait_until(lambda: len(world.log()) > 100)
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=30)
    assert process.returncode == 1
    assert "Interrupted" in told and "Traceback" not in told
    written = len(world.log())
    assert written < 3_000
    assert world.runs() == [("write-back", "interrupted", written)]
    world.execute(FAST_LOG)
    assert write_back(world.target).written == 3_000 - written


def test_a_cancellation_that_comes_late_does_not_keep_the_run_open(
    world: World,
) -> None:
    world.execute("create sequence public.updates")
    world.execute(
        """
        create function public.cancel_the_first() returns trigger language plpgsql as $$
        begin
            if nextval('public.updates') = 1 then
                raise query_canceled;
            end if;
            return new;
        end
        $$
        """
    )
    world.execute(
        "create trigger cancel_the_first before update"
        " on association_ops.write_back_runs"
        " for each row execute function public.cancel_the_first()"
    )
    with world.target.connect(autocommit=True) as connection:
        run_id = start_run(connection, "write-back")
        close_broken_run(connection, world.target, run_id, "interrupted")
    assert world.runs() == [("write-back", "interrupted", 0)]


def test_an_interrupt_between_statement_and_answer_does_not_keep_the_run_open(
    world: World,
) -> None:
    with world.target.connect(autocommit=True) as connection:
        run_id = start_run(connection, "write-back")
        connection.pgconn.send_query(b"select pg_sleep(60)")
        close_broken_run(connection, world.target, run_id, "interrupted")
    assert world.runs() == [("write-back", "interrupted", 0)]


@pytest.mark.slow
def test_kills_at_random_moments_lose_nothing_and_write_nothing_twice(
    world: World,
) -> None:
    rows, kills = 6_000, 20
    world.add_many(rows)
    world.execute(SLOW_LOG)
    world.execute(
        "update analytics.campaign_associations set program_instance_id = %s"
        " where activity_id::text ~ '[02468ace]$'",
        B,
    )
    draw = random.Random(20260630)
    for kill in range(1, kills + 1):
        process = start(world, "--batch-size", "25")
        # spread over the run, at any moment of a batch
        enough = rows * kill // (kills + 2) + draw.randrange(50)
        wait_until(partial(has_logged, world, enough))
        time.sleep(draw.random() * 0.01)
        process.kill()
        process.communicate()
        assert process.returncode == -signal.SIGKILL
        assert_log_tells_the_platform(world)
    world.execute(FAST_LOG)
    last = write_back(world.target)
    assert last.left == 0
    assert 0 < last.written < rows

    # as one clean run would have left it
    assert world.value("select count(*) from analytics.pending_write_backs") == 0
    assert world.rows(
        """
        select log.activity_id, log.old_value, log.new_value
        from association_ops.write_back_log as log
        order by log.activity_id
        """
    ) == world.rows(
        """
        select activity_id, null::uuid, program_instance_id
        from analytics.campaign_associations
        order by activity_id
        """
    )
    statuses = {status for _, status, _ in world.runs()}
    assert statuses == {"interrupted", "done"}
    assert sum(written for _, _, written in world.runs()) == rows


def has_logged(world: World, count: int) -> bool:
    """Tell whether the log has as many rows."""
    return world.value(
        "select count(*) >= %s from association_ops.write_back_log", count
    )


def assert_log_tells_the_platform(world: World) -> None:
    """What the platform holds is logged, once, and nothing else is.

    Asked in one statement: a killed process's last batch may still be committed by the
    server, and two statements could see the one without and the other with it.
    """
    held = (
        "select id, program_instance_id from platform.kintell_sessions"
        " where program_instance_id is not null"
    )
    logged = "select activity_id, new_value from association_ops.write_back_log"
    differing = f"({held} except all {logged}) union all ({logged} except all {held})"
    assert world.rows(differing) == []
