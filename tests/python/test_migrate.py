"""The verb ``migrate``: up, status and down on platforms of several kinds."""

import json
from collections.abc import Iterator

import psycopg
import pytest
from click.testing import CliRunner, Result

from campaign_association.errors import CommandFailed, Refused, WrongUsage
from campaign_association.migrate import migrate, migrate_up, require_migrations
from campaign_association.migration.backend import all_migrations, number_of
from campaign_association.migration.down import Downgrade, migrate_down
from campaign_association.migration.states import pending_migrations
from campaign_association.migration.tables import LINKED_TABLES as LINKED
from campaign_association.migration.tables import MARK
from campaign_association.target import Target
from conftest import command_environment
from small_platform import (
    LINKED_TABLES,
    connect_to,
    make_platform,
    one,
    picture,
    target_of,
)

pytestmark = pytest.mark.slow

NUMBERS = [number_of(migration.id) for migration in all_migrations()]
LINK = "alter table kintell_sessions add column program_instance_id uuid"


@pytest.fixture(
    params=[("database", "platform"), ("foreign_database", "public")],
    ids=["embedded", "foreign-public"],
)
def target(request: pytest.FixtureRequest) -> Target:
    """A fresh platform on each kind of server."""
    fixture, schema = request.param
    return make_platform(request.getfixturevalue(fixture), schema)


@pytest.fixture
def connection(target: Target) -> Iterator[psycopg.Connection]:
    with connect_to(target) as connection:
        yield connection


def up(target: Target) -> list[str]:
    return [name[:4] for name in migrate_up(target, patience=20).names]


def down(target: Target, **options) -> Downgrade:
    return migrate_down(target, patience=20, **options)


def hold_instance(connection: psycopg.Connection, table: str, rows: int = 1) -> None:
    """Write a program instance into some rows, as the platform itself would."""
    connection.execute(
        psycopg.sql.SQL(
            """
            update {table} set program_instance_id = (select min(id::text)::uuid from
                program_instances)
            where id in (select id from {table} order by id limit {rows})
            """
        ).format(table=psycopg.sql.Identifier(table), rows=rows)
    )


def log_values(connection: psycopg.Connection, activity_type: str) -> None:
    """Log the values a table holds now as this project's own."""
    run_id = one(
        connection,
        "insert into association_ops.write_back_runs (kind) values ('run') "
        "returning run_id",
    )
    connection.execute(
        psycopg.sql.SQL(
            """
            insert into association_ops.write_back_log
                (run_id, activity_type, activity_id, new_value)
            select %s, %s, id, program_instance_id from {table}
            where program_instance_id is not null
            """
        ).format(table=psycopg.sql.Identifier(LINKED_TABLES[activity_type])),
        [run_id, activity_type],
    )


def test_up_down_up_leaves_no_trace(target, connection):
    before = picture(connection)
    assert up(target) == NUMBERS
    after = picture(connection)
    assert up(target) == []
    assert [name[:4] for name in down(target).names] == NUMBERS[::-1]
    assert picture(connection) == before
    assert down(target) == Downgrade()
    assert up(target) == NUMBERS
    assert picture(connection) == after


@pytest.mark.parametrize("table", LINKED_TABLES.values())
def test_up_adds_column_foreign_key_and_indexes(target, connection, table):
    up(target)
    schema = target.platform_schema
    date_column = "matched_at" if table == "buddy_matches" else "completed_at"
    objects = {
        (row[2], row[3]): row[4]
        for row in picture(connection)
        if row[1] in (table, f"{schema}.{table}")
    }
    definitions = [definition for _, definition in objects]
    assert ("program_instance_id", "uuid") in objects
    assert (
        "FOREIGN KEY (program_instance_id) REFERENCES program_instances(id) "
        "ON DELETE SET NULL"
    ) in definitions
    for index in (
        "(program_instance_id)true",
        f"(program_instance_id, {date_column}) "
        "WHERE (program_instance_id IS NOT NULL)true",
    ):
        assert any(item.endswith(f"USING btree {index}") for item in definitions)
    # what other migrations add to the table bears other marks
    (linked,) = (each for each in LINKED if each.name == table)
    marks = [comment for comment in objects.values() if comment]
    assert marks.count(f"{MARK} {linked.migration}") == 4


def test_deleted_instance_clears_the_link(target, connection):
    up(target)
    hold_instance(connection, "buddy_matches", rows=2)
    connection.execute("delete from program_instances")
    assert one(connection, "select count(program_instance_id) from buddy_matches") == 0


def test_column_that_was_there_stays(target, connection):
    connection.execute(LINK)
    before = picture(connection)
    remarks = migrate_up(target).remarks
    assert any("kintell_sessions" in remark for remark in remarks)
    assert not any("buddy_matches" in remark for remark in remarks)
    down(target)
    assert picture(connection) == before


def test_values_in_a_column_that_was_there_stay(target, connection):
    connection.execute(LINK)
    hold_instance(connection, "kintell_sessions", rows=7)
    before = picture(connection)
    up(target)
    with pytest.raises(Refused, match=r"kintell_sessions: 7 of 7 .*\n.*--keep-values"):
        down(target)
    assert pending_migrations(connection, target) == []
    (kept,) = down(target, keep_values=True).kept
    assert (kept.table.name, kept.foreign) == ("kintell_sessions", 7)
    assert picture(connection) == before
    held = one(connection, "select count(program_instance_id) from kintell_sessions")
    assert held == 7


def test_equal_foreign_key_and_index_are_not_doubled(target, connection):
    connection.execute(
        f"{LINK} constraint own references program_instances on delete cascade"
    )
    connection.execute("create index mine on kintell_sessions (program_instance_id)")
    before = picture(connection)
    remarks = migrate_up(target).remarks
    assert any("own" in remark and "ON DELETE" in remark for remark in remarks)
    added = {
        row[2]
        for row in set(picture(connection)) - set(before)
        if row[1] and row[1].endswith("kintell_sessions")
    }
    # look-up indexes bear the table's own name
    assert {name for name in added if "kintell" not in name} == {
        "campaign_association_sessions_date_idx"
    }
    down(target)
    assert picture(connection) == before


def test_column_of_another_type_is_an_error(target, connection):
    connection.execute("alter table buddy_matches add program_instance_id text")
    before = picture(connection)
    with pytest.raises(
        CommandFailed, match=r"buddy_matches\.program_instance_id.*as text"
    ):
        up(target)
    assert picture(connection) == before


def test_value_without_instance_is_an_error(target, connection):
    connection.execute(LINK)
    connection.execute(
        "update kintell_sessions set program_instance_id = gen_random_uuid()"
    )
    before = picture(connection)
    with pytest.raises(CommandFailed, match="kintell_sessions: 50 rows"):
        up(target)
    assert picture(connection) == before


def test_missing_schema_names_the_variable(target, connection):
    elsewhere = target_of(target.params, "no such schema")
    with pytest.raises(CommandFailed, match="there is no schema no such schema"):
        up(elsewhere)


def test_everything_missing_is_named_at_once(target, connection):
    connection.execute("drop table learning_progress")
    connection.execute("alter table buddy_matches drop column matched_at")
    before = picture(connection)
    with pytest.raises(CommandFailed) as failure:
        up(target)
    schema = target.platform_schema
    assert f"no table {schema}.learning_progress" in failure.value.message
    assert f"{schema}.buddy_matches has no column matched_at" in failure.value.message
    assert "platform_schema" in failure.value.message
    assert picture(connection) == before


def test_tables_of_another_schema_are_not_taken(target, connection):
    connection.execute("create schema other")
    elsewhere = target_of(target.params, "other")
    with pytest.raises(CommandFailed, match=r"no table other\.kintell_sessions"):
        up(elsewhere)


def test_second_platform_schema_is_refused(target, connection):
    up(target)
    other = make_platform(target.params, "other")
    with pytest.raises(CommandFailed, match="lacks migrations 0049"):
        require_migrations(connection, other)
    for attempt in (up, down):
        with pytest.raises(Refused, match=f"schema '{target.platform_schema}'"):
            attempt(other)


def test_lacking_privileges_are_named(target, connection):
    role = f"helper_{target.params['dbname']}"
    name = psycopg.sql.Identifier(role)
    connection.execute(
        psycopg.sql.SQL("create role {} login password 'x'").format(name)
    )
    try:
        weak = target_of(
            {**target.params, "user": role, "password": "x"}, target.platform_schema
        )
        before = picture(connection)
        with pytest.raises(CommandFailed) as failure:
            up(weak)
        for need in (
            f"own table {target.platform_schema}.kintell_sessions",
            f"REFERENCES on table {target.platform_schema}.program_instances",
            f"USAGE and CREATE on schema {target.platform_schema}",
            "CREATE on database",
        ):
            assert f"role {role} must " in failure.value.message
            assert need in failure.value.message
        assert picture(connection) == before
    finally:
        connection.execute(psycopg.sql.SQL("drop role {}").format(name))


def test_table_made_anew_gets_its_column_again(target, connection):
    up(target)
    connection.execute("drop table buddy_matches")
    connection.execute("create table buddy_matches (id uuid, matched_at timestamptz)")
    with pytest.raises(CommandFailed, match="migrate up"):
        require_migrations(connection, target)
    assert up(target) == ["0050"]
    require_migrations(connection, target)


def test_down_refuses_foreign_values(target, connection):
    up(target)
    hold_instance(connection, "learning_progress", rows=3)
    log_values(connection, "completion")
    hold_instance(connection, "kintell_sessions", rows=2)
    before = picture(connection)
    with pytest.raises(Refused, match="kintell_sessions: 2 of 2 values") as refusal:
        down(target, keep_values=True)
    assert "learning_progress" not in refusal.value.message
    connection.execute("update kintell_sessions set program_instance_id = null")
    connection.execute(
        "update learning_progress set program_instance_id = "
        "(select max(id::text)::uuid from program_instances) "
        "where id = (select min(id::text)::uuid from learning_progress)"
    )
    with pytest.raises(Refused, match="learning_progress: 1 of 3 values"):
        down(target)
    assert picture(connection) == before


def test_down_takes_own_values_along(target, connection):
    before = picture(connection)
    up(target)
    for activity_type, table in LINKED_TABLES.items():
        hold_instance(connection, table, rows=5)
        log_values(connection, activity_type)
    with pytest.raises(Refused, match="log of the values written to kintell_sessions"):
        down(target, to="0051")
    assert down(target).kept == []
    assert picture(connection) == before


def test_down_refuses_to_lose_decisions(target, connection):
    up(target)
    connection.execute(
        "insert into association_ops.review_decisions "
        "(activity_type, activity_id, decision, reviewer) "
        "select 'session', id, 'rejected', 'ann' from kintell_sessions limit 1"
    )
    with pytest.raises(Refused, match=r"(?s)1 in .*--discard-decisions"):
        down(target)
    assert pending_migrations(connection, target) == []
    down(target, discard_decisions=True)


def test_down_to_a_number(target, connection):
    up(target)
    later = NUMBERS[2:]
    assert [name[:4] for name in down(target, to="0050").names] == later[::-1]
    pending = [name[:4] for name in pending_migrations(connection, target)]
    assert pending == later
    with pytest.raises(WrongUsage, match="no migration '7'"):
        down(target, to="7")
    assert up(target) == later


def test_down_drops_views_of_dbt_and_spares_others(target, connection):
    up(target)
    before = picture(connection)
    connection.execute("create schema analytics_internal")
    connection.execute(
        "create view analytics_internal.sessions as "
        "select program_instance_id from kintell_sessions"
    )
    connection.execute("create schema bi")
    connection.execute("create view bi.report as table analytics_internal.sessions")
    with pytest.raises(Refused, match=r"bi\.report"):
        down(target)
    connection.execute("drop schema bi cascade")
    assert picture(connection) != before
    assert down(target).dropped == ["analytics_internal.sessions"]


def test_down_refuses_while_ingest_triggers_are_there(target, connection):
    up(target)
    connection.execute(
        "create function association_ops.place() returns trigger language plpgsql "
        "as 'begin return new; end'"
    )
    connection.execute(
        "create trigger place before insert on buddy_matches for each row "
        "execute function association_ops.place()"
    )
    with pytest.raises(Refused, match=r"buddy_matches.*ingest uninstall"):
        down(target)


def run(target: Target, *arguments: str) -> Result:
    variables = f"{{platform_schema: {target.platform_schema}}}"
    environment = command_environment("unused", target.params)
    return CliRunner().invoke(
        migrate, [*arguments, "--vars", variables], env=environment
    )


def test_status_of_an_empty_database_creates_nothing(target, connection):
    before = picture(connection)
    result = run(target, "status")
    assert (result.exit_code, result.output.count("pending")) == (0, len(NUMBERS))
    states = json.loads(run(target, "status", "--json").output)["migrations"]
    assert [state["number"] for state in states] == NUMBERS
    assert {state["applied_at"] for state in states} == {None}
    assert picture(connection) == before


def test_command_prints_what_it_did(target, connection):
    result = run(target, "up")
    assert (result.exit_code, result.output.count("applied 00")) == (0, len(NUMBERS))
    assert run(target, "up").output == "nothing to do\n"
    assert json.loads(run(target, "up", "--json").stdout)["applied"] == []
    assert "pending" not in run(target, "status").output
    hold_instance(connection, "buddy_matches")
    refused = run(target, "down")
    assert (refused.exit_code, refused.stdout) == (3, "")
    connection.execute("update buddy_matches set program_instance_id = null")
    assert run(target, "down").output.count("took back 00") == len(NUMBERS)
    assert run(target, "down").output == "nothing to do\n"
