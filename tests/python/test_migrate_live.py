"""Migrations on a platform in use: kills, locks, writers and other commands."""

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg
import pytest

from campaign_association.errors import CommandFailed, Refused
from campaign_association.migrate import migrate_up
from campaign_association.migration.backend import Backend, all_migrations
from campaign_association.migration.down import migrate_down
from campaign_association.migration.states import pending_migrations
from campaign_association.target import Target
from campaign_association.writer_lock import writer_lock
from small_platform import connect_to, make_platform, one, picture

pytestmark = pytest.mark.slow

LINK = "alter table kintell_sessions add column program_instance_id uuid"
# more than one wait for a lock takes, and far less than a migration tries
PATIENT_WRITER = "set statement_timeout = '6s'"
DEADLINE = 30


@pytest.fixture(params=["database", "foreign_database"])
def target(request: pytest.FixtureRequest) -> Target:
    return make_platform(request.getfixturevalue(request.param))


@pytest.fixture
def connection(target: Target) -> Iterator[psycopg.Connection]:
    with connect_to(target) as connection:
        yield connection


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)


def in_a_process(work: Callable[[], object]) -> multiprocessing.Process:
    process = multiprocessing.get_context("fork").Process(target=work, daemon=True)
    process.start()
    return process


def killed_before_statement(number: int, work: Callable[[], object]) -> int:
    """Do ``work`` in a process that kills itself; return its exit code.

    It dies as it is about to send its statement ``number``, counted from 1; the one
    that gives back the lock, when all is done, is not counted.
    """

    def run() -> None:
        send = psycopg.Connection.execute
        count = 0

        def execute(self, *arguments, **options):
            nonlocal count
            count += "pg_advisory_unlock" not in str(arguments[0])
            if count == number:
                os.kill(os.getpid(), signal.SIGKILL)
            return send(self, *arguments, **options)

        psycopg.Connection.execute = execute
        work()

    process = in_a_process(run)
    process.join(DEADLINE)
    assert process.exitcode is not None
    return process.exitcode


@contextmanager
def open_transaction(target: Target, statement: str) -> Iterator[None]:
    """Keep a transaction open that has run ``statement``."""
    with connect_to(target) as other, other.transaction():
        other.execute(statement)
        yield


@contextmanager
def inserting(target: Target) -> Iterator[Callable[[], int]]:
    """Insert sessions all the while; yields a function that counts them.

    A row that cannot be inserted within seconds fails the test.
    """
    stop = threading.Event()
    failures: list[Exception] = []
    count = 0

    def insert() -> None:
        nonlocal count
        try:
            with connect_to(target) as writer:
                writer.execute(PATIENT_WRITER)
                while not stop.is_set():
                    writer.execute(
                        "insert into kintell_sessions (id) values (gen_random_uuid())"
                    )
                    count += 1
        except psycopg.Error as error:
            failures.append(error)

    thread = threading.Thread(target=insert)
    thread.start()
    try:
        yield lambda: count
    finally:
        stop.set()
        thread.join()
    assert failures == []


@pytest.mark.timeout(300)
@pytest.mark.parametrize("target", ["database"], indirect=True)
@pytest.mark.parametrize("has_column", [False, True])
def test_killed_at_any_statement_up_goes_on(target, connection, has_column):
    if has_column:
        connection.execute(LINK)
    before = picture(connection)
    migrate_up(target)
    after = picture(connection)
    migrate_down(target, patience=20)
    number, exit_code = 0, -signal.SIGKILL
    while exit_code == -signal.SIGKILL:
        number += 7
        exit_code = killed_before_statement(number, lambda: migrate_up(target))
        migrate_up(target)
        assert picture(connection) == after, f"killed before statement {number}"
        migrate_down(target, patience=20)
        assert picture(connection) == before
    assert exit_code == 0
    assert number > 60


@pytest.mark.timeout(300)
def test_killed_at_any_statement_down_is_all_or_nothing(target, connection):
    before = picture(connection)
    migrate_up(target)
    after = picture(connection)
    number, exit_code = 0, -signal.SIGKILL
    while exit_code == -signal.SIGKILL:
        assert picture(connection) == after, f"killed before statement {number}"
        number += 3
        exit_code = killed_before_statement(
            number, lambda: migrate_down(target, patience=20)
        )
    assert exit_code == 0
    assert number > 30
    assert picture(connection) == before


def test_killed_in_up_half_way_down_cleans_up(target, connection):
    before = picture(connection)
    for number in (20, 30, 40):
        assert killed_before_statement(number, lambda: migrate_up(target)) < 0
        assert picture(connection) != before
        migrate_down(target, patience=20)
        assert picture(connection) == before


def test_killed_in_an_index_build_up_builds_it_again(target, connection):
    # with the column there, the first statement that waits for writers is the build
    connection.execute(LINK)
    with open_transaction(target, "delete from kintell_sessions where false"):
        process = in_a_process(lambda: migrate_up(target))
        invalid = "select exists (select from pg_index where not indisvalid)"
        wait_until(lambda: one(connection, invalid))
        os.kill(process.pid, signal.SIGKILL)
        # the server notices that its client is gone; the build must not succeed
        building = (
            "select exists (select from pg_stat_activity where pid <> "
            "pg_backend_pid() and query like 'create index concurrently%')"
        )
        wait_until(lambda: not one(connection, building))
        assert one(connection, invalid)
    assert len(migrate_up(target).names) == len(all_migrations())
    assert not one(connection, invalid)
    indexes = [row[2] for row in picture(connection) if row[3] and "INDEX" in row[3]]
    assert len(indexes) == len(set(indexes))


def test_constraint_left_unvalidated_is_validated(target, connection):
    def kill_before_validation() -> None:
        run = Backend.run

        def run_until_validation(self: Backend, statement: str) -> None:
            if "validate constraint" in statement:
                os.kill(os.getpid(), signal.SIGKILL)
            run(self, statement)

        Backend.run = run_until_validation
        migrate_up(target)

    process = in_a_process(kill_before_validation)
    process.join(DEADLINE)
    unvalidated = "select count(*) from pg_constraint where not convalidated"
    assert one(connection, unvalidated) == 1
    migrate_up(target)
    assert one(connection, unvalidated) == 0


def test_long_reader_fails_up_clearly_and_no_writer(target, connection):
    with (
        inserting(target) as count,
        open_transaction(target, "select from kintell_sessions"),
    ):
        wait_until(lambda: count() > 0)
        with pytest.raises(CommandFailed, match=r"0049.*other transactions.*goes on"):
            migrate_up(target, patience=4)
        written = count()
        wait_until(lambda: count() > written)
    migrate_up(target)
    assert pending_migrations(connection, target) == []


def test_up_goes_on_once_a_reader_is_done(target, connection):
    with open_transaction(target, "select from kintell_sessions"):
        process = in_a_process(lambda: migrate_up(target))
        asking = (
            "select exists (select from pg_locks where not granted and relation = "
            "'platform.kintell_sessions'::regclass)"
        )
        # twice: it has given up its first attempt and tries again
        wait_until(lambda: one(connection, asking))
        wait_until(lambda: not one(connection, asking))
        wait_until(lambda: one(connection, asking))
    process.join(DEADLINE)
    assert process.exitcode == 0
    assert pending_migrations(connection, target) == []


def test_down_waits_like_up_and_changes_nothing(target, connection):
    migrate_up(target)
    before = picture(connection)
    with (
        inserting(target) as count,
        open_transaction(target, "select from learning_progress"),
    ):
        with pytest.raises(CommandFailed, match="Nothing was changed"):
            migrate_down(target, patience=4)
        written = count()
        wait_until(lambda: count() > written)
    assert picture(connection) == before


def test_writers_go_on_during_up_and_down(target, connection):
    with inserting(target) as count:
        for _ in range(3):
            migrate_up(target)
            migrate_down(target, patience=60)
        assert count() > 0


def test_refused_while_a_writer_is_at_work(target, connection):
    migrate_up(target)
    with (
        connect_to(target) as writer,
        writer_lock(writer),
        pytest.raises(Refused, match="at work"),
    ):
        migrate_down(target, patience=1)
    assert pending_migrations(connection, target) == []


def test_two_at_once_both_end_well(target, connection):
    processes = [in_a_process(lambda: migrate_up(target)) for _ in range(2)]
    for process in processes:
        process.join(DEADLINE)
    assert [process.exitcode for process in processes] == [0, 0]
    assert pending_migrations(connection, target) == []


def test_short_statement_timeouts_do_not_stop_up(target, connection):
    connection.execute(
        psycopg.sql.SQL("alter database {} set statement_timeout = '200ms'").format(
            psycopg.sql.Identifier(target.params["dbname"])
        )
    )
    # waits longer than that for the lock, and says what it waits for
    with (
        open_transaction(target, "select from kintell_sessions"),
        pytest.raises(CommandFailed, match="lock timeout"),
    ):
        migrate_up(target, patience=0)
