"""Ingestion under attack and in disorder: inserts go on, and nobody gains a right."""

import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest
from psycopg import errors

from ingest_world import (
    failures,
    held,
    ingested_world,
    logged,
    sure_session,
    write_again,
)
from platforms import World, fail, succeed

pytestmark = pytest.mark.slow

Connection = psycopg.Connection[Any]

# a writer of the platform, who knows nothing of this project
MAKE_WRITER = """
create role plain_writer;
grant usage, create on schema public to plain_writer;
grant select, insert, update on kintell_sessions, kept_sessions to plain_writer;
"""
# whatever a writer can put in the way of names without schema
DECOYS = """
create schema decoys;
grant usage on schema decoys to plain_writer;
create function decoys.always(uuid, uuid) returns boolean
language sql return true;
create operator decoys.= (leftarg = uuid, rightarg = uuid, function = decoys.always);
create function decoys.now() returns timestamptz
language sql return timestamptz '1999-01-01';
create function decoys.cardinality(anyarray) returns integer
language sql as 'select 0';
set role plain_writer;
create temporary table users (id uuid, tags jsonb);
create temporary table company_users (user_id uuid, company_id uuid);
create temporary table campaigns (id uuid, company_id uuid);
create temporary table ingest_state (is_enabled boolean, run_id bigint);
create function pg_temp.cardinality(anyarray) returns integer
language sql as 'select 0';
set search_path = pg_temp, decoys, public, pg_catalog;
"""
# each breaks what the triggers stand on, and the SQLSTATE that it leads to
BROKEN = {
    "alter table campaigns rename column start_date to first_day": "42703",
    "alter table campaigns rename column status to state": "42703",
    "alter table company_users rename to members": "42P01",
    "revoke select on campaigns from association_ingest": "42501",
    "revoke select (status) on campaigns from association_ingest": "42501",
    "revoke insert on association_ops.write_back_log from association_ingest": "42501",
    "revoke execute on function association_ops.hold_free_instance(uuid)"
    " from association_ingest": "42501",
    "drop table association_ops.ingest_state": "42P01",
    "alter table campaigns enable row level security": "42501",
    "alter table association_ops.write_back_log add check (new_value is null)"
    " not valid": "23514",
}


@pytest.fixture(scope="module")
def world(server_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> World:
    """A platform with triggers."""
    return ingested_world(server_folder, tmp_path_factory.getbasetemp())


@pytest.fixture
def connection(world: World) -> Iterator[Connection]:
    """A connection in a transaction that is rolled back in the end."""
    with world.connect() as connection, connection.transaction(force_rollback=True):
        yield connection


def test_a_writer_needs_no_right_of_ours_and_decoys_lead_nowhere(
    connection: Connection,
) -> None:
    session, instance = sure_session(connection)
    connection.execute(MAKE_WRITER)
    connection.execute(DECOYS)
    written = write_again(connection, session)
    settings = connection.execute(
        "select current_user, current_setting('search_path'),"
        " current_setting('lock_timeout'), current_setting('enable_seqscan')"
    ).fetchone()
    connection.execute("reset role; set search_path = public")

    assert held(connection, written) == instance
    assert logged(connection, written) == 1
    # what the function sets for itself is gone after it
    assert settings == (
        "plain_writer", "pg_temp, decoys, public, pg_catalog", "0", "on"
    )  # fmt: skip


@pytest.mark.parametrize(
    "attempt",
    [
        "select association_ops.ingest_session()",
        "select association_ops.hold_free_instance(gen_random_uuid())",
        "create table public.mine (id uuid); create trigger mine before insert"
        " on public.mine for each row"
        " execute function association_ops.ingest_session()",
        "alter function association_ops.ingest_session() set search_path = public",
        "set role association_ingest",
        "select * from association_ops.ingest_failures",
        "update association_ops.ingest_state set is_enabled = false",
    ],
)
def test_a_writer_cannot_use_the_functions_otherwise(
    connection: Connection, attempt: str
) -> None:
    connection.execute(MAKE_WRITER)
    connection.execute("set session authorization plain_writer")
    with (
        pytest.raises((errors.InsufficientPrivilege, errors.FeatureNotSupported)),
        connection.transaction(),
    ):
        connection.execute(attempt)


def test_on_another_table_they_say_nothing(connection: Connection) -> None:
    session, _ = sure_session(connection)
    connection.execute(
        "create table twin (like kintell_sessions including defaults);"
        " create trigger twin before insert on twin for each row"
        " execute function association_ops.ingest_session()"
    )
    row = connection.execute(
        "insert into twin (session_type, participant_id, volunteer_id, completed_at)"
        " select session_type, participant_id, volunteer_id, completed_at"
        " from kept_sessions where id = %s returning id, program_instance_id",
        [session],
    ).fetchone()

    assert row is not None
    assert row[1] is None
    assert logged(connection, row[0]) == 0


@pytest.mark.parametrize(
    "attempt",
    [
        "update kintell_sessions set program_instance_id = null",
        "update program_instances set status = 'completed'",
        "delete from kintell_sessions",
        "insert into kintell_sessions default values",
        "select email from users",
        "select notes from kintell_sessions",
        "delete from association_ops.write_back_log",
        "update association_ops.ingest_state set is_enabled = true",
        "insert into association_ops.review_decisions default values",
        "create table association_ops.mine ()",
        "create table public.mine ()",
    ],
)
def test_the_owner_of_the_functions_can_do_little(
    connection: Connection, attempt: str
) -> None:
    connection.execute("set session authorization association_ingest")
    with pytest.raises(errors.InsufficientPrivilege), connection.transaction():
        connection.execute(attempt)


def test_the_owner_cannot_log_in_and_is_no_superuser(connection: Connection) -> None:
    owners = connection.execute(
        """
        select distinct rolname, rolcanlogin, rolsuper, rolbypassrls, rolcreaterole
        from pg_proc
        inner join pg_roles on pg_proc.proowner = pg_roles.oid
        where proname like 'ingest\\_%' and prosecdef
        """
    ).fetchall()
    assert owners == [("association_ingest", False, False, False, False)]


@pytest.mark.parametrize(("statement", "code"), BROKEN.items())
def test_errors_end_in_null_and_a_code(
    connection: Connection, statement: str, code: str
) -> None:
    session, _ = sure_session(connection)
    connection.execute("drop schema analytics, analytics_internal cascade")
    connection.execute(statement)

    written = write_again(connection, session)

    assert held(connection, written) is None
    assert failures(connection, written) == [code]


@pytest.mark.parametrize(
    "statement",
    [
        "drop schema association_ops cascade",
        "alter table association_ops.ingest_failures rename to lost;"
        " alter table campaigns rename column status to state",
        "alter table kintell_sessions rename column participant_id to person",
    ],
)
def test_inserts_go_on_where_not_even_a_code_can_be_kept(
    connection: Connection, statement: str
) -> None:
    session, _ = sure_session(connection)
    connection.execute(statement)
    connection.execute(
        "insert into kintell_sessions select * from kept_sessions where id = %s"
        " on conflict do nothing",
        [session],
    )
    written = connection.execute(
        "insert into kintell_sessions overriding system value"
        " select (json_populate_record(kept, json_build_object('id',"
        " gen_random_uuid()))).* from kept_sessions as kept where id = %s"
        " returning program_instance_id",
        [session],
    ).fetchone()
    assert written == (None,)


def test_it_works_without_the_schemas_that_dbt_makes(connection: Connection) -> None:
    session, instance = sure_session(connection)
    connection.execute("drop schema analytics, analytics_internal cascade")
    assert held(connection, write_again(connection, session)) == instance


def test_inserts_go_on_while_the_lock_table_is_full(world: World) -> None:
    """PostgreSQL needs a place there for every transaction that writes, and a second
    one for what may fail within it; so one is the least that inserts can go on with."""
    with (
        world.connect() as connection,
        world.connect() as writer,
        world.connect() as plain,
        world.connect() as hoarder,
    ):
        session, instance = sure_session(connection)
        plain.execute("set session_replication_role = replica")
        # plans of their own, and nobody else who wants a lock
        for each in (writer, plain):
            _insert_and_take_back(each, session)
        connection.execute("alter system set autovacuum = off")
        connection.execute("select pg_reload_conf()")
        try:
            _take_all_locks(hoarder)
            with pytest.raises(errors.OutOfMemory):
                _insert_and_take_back(plain, session)
            hoarder.execute("select pg_advisory_unlock(0)")
            assert _insert_and_take_back(plain, session) is None
            assert _insert_and_take_back(writer, session) is None
            hoarder.execute("select pg_advisory_unlock_all()")
            assert _insert_and_take_back(writer, session) == instance
        finally:
            connection.execute("alter system reset autovacuum")
            connection.execute("select pg_reload_conf()")


def _insert_and_take_back(connection: Connection, session: UUID) -> UUID | None:
    """Return the instance that a copy of a session was given."""
    with connection.transaction(force_rollback=True):
        return held(connection, write_again(connection, session))


def _take_all_locks(connection: Connection) -> None:
    """Fill the table of locks to the last place; lock 0 is one of them."""
    number = 0
    for step in (100, 1):
        with suppress(errors.OutOfMemory):
            while True:
                connection.execute(
                    "select pg_advisory_lock(number)"
                    " from generate_series(%s::bigint, %s::bigint) as numbers (number)",
                    [number, number + step - 1],
                )
                number += step


def test_it_does_not_wait_for_a_locked_table(
    world: World, connection: Connection
) -> None:
    session, _ = sure_session(connection)
    with world.connect() as other, other.transaction(force_rollback=True):
        other.execute("lock table program_templates in access exclusive mode")
        began = time.monotonic()
        written = write_again(connection, session)
        seconds = time.monotonic() - began

    assert seconds < 1
    assert held(connection, written) is None
    assert failures(connection, written) == ["55P03"]


def test_it_does_not_wait_for_an_instance_that_is_being_deleted(
    world: World, connection: Connection
) -> None:
    session, instance = sure_session(connection)
    with world.connect() as other, other.transaction(force_rollback=True):
        other.execute("delete from program_instances where id = %s", [instance])
        written = write_again(connection, session)

        assert held(connection, written) is None
        assert failures(connection, written) == []
        assert connection.execute(
            "select count(*) from association_ops.ingest_left_open"
            " where decision = 'instance_busy'"
        ).fetchone() == (1,)


def test_a_deletion_waits_for_the_insert_that_uses_the_instance(
    world: World, connection: Connection
) -> None:
    session, instance = sure_session(connection)
    assert held(connection, write_again(connection, session)) == instance
    with world.connect() as other:
        other.execute("set lock_timeout = '100ms'")
        with pytest.raises(errors.LockNotAvailable):
            other.execute("delete from program_instances where id = %s", [instance])


def test_migrations_stay_while_triggers_need_them(world: World) -> None:
    fail(world.command("migrate", "down", "--to", "0055"), 3, "ingest uninstall")


def test_uninstall_leaves_nothing_behind(world: World) -> None:
    run_id = world.value("select run_id from association_ops.ingest_state")

    assert f"undo {run_id}" in succeed(world.command("ingest", "uninstall"))
    assert "nothing to do" in succeed(world.command("ingest", "uninstall"))
    fail(world.command("ingest", "enable"), 1, "ingest install")
    assert not world.rows("select from pg_trigger where tgname like 'zz_campaign%'")
    assert not world.rows("select from pg_roles where rolname = 'association_ingest'")
    assert not world.rows("select from association_ops.ingest_state")
    assert (
        world.value(
            "select status from association_ops.write_back_runs"  # noqa: S608 (a number)
            f" where run_id = {run_id}"
        )
        == "done"
    )
    with world.connect() as connection, connection.transaction(force_rollback=True):
        session, _ = sure_session(connection)
        assert held(connection, write_again(connection, session)) is None

    # other tests share this platform, in whatever order they come
    succeed(world.command("ingest", "install"))
