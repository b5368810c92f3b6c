"""The roles of migration 0055: what each may do, and what each may not."""

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from psycopg import errors, sql

from campaign_association.migrate import migrate_up
from campaign_association.migration.down import migrate_down
from campaign_association.roles import REVIEWER, WRITER, acting_as
from campaign_association.server.cluster import READER
from platforms import World, new_world, succeed
from small_platform import connect_to, make_platform

pytestmark = pytest.mark.slow

PASSWORD = "only-in-tests"
# what the login of `run` needs; CONTRIBUTING and README say the same
BUILDER = """
grant connect, create, temporary on database {database} to {login};
grant usage on schema platform, association_ops to {login};
grant select on all tables in schema platform, association_ops to {login};
grant insert, update on association_ops.dbt_runs to {login};
grant association_writer to {login};
"""


@dataclass(frozen=True)
class Logins:
    """A platform after a run by ``builder``, and logins that are in one role each."""

    owner: World
    builder: World
    writer: World
    reviewer: World
    reader: World

    def of(self, role: str) -> World:
        """Return the world as the login of a role sees it."""
        return {WRITER: self.writer, REVIEWER: self.reviewer, READER: self.reader}[role]


@pytest.fixture(scope="module", params=["embedded", "foreign"])
def logins(request, tmp_path_factory) -> Iterator[Logins]:
    """On a new and on an old PostgreSQL; tests leave it as it is."""
    server = request.getfixturevalue(
        "embedded" if request.param == "embedded" else "foreign_server"
    )
    params = server.params if request.param == "embedded" else server
    names = {
        name: f"{name}_{uuid4().hex[:8]}"
        for name in ("builder", "writer", "reviewer", "reader")
    }
    folder = tmp_path_factory.mktemp("roles")
    try:
        with new_world(params, folder) as owner:
            made = Logins(owner, **make_logins(owner, names))
            succeed(replace(made.builder, artifacts=True).command("run"))
            yield made
    finally:
        with psycopg.connect(**params, autocommit=True) as connection:
            for name in names.values():
                connection.execute(
                    sql.SQL("drop role if exists {}").format(sql.Identifier(name))
                )


def make_logins(owner: World, names: dict[str, str]) -> dict[str, World]:
    """Make a login a name, and give it what it needs."""
    roles = {"writer": WRITER, "reviewer": REVIEWER, "reader": READER}
    with owner.connect() as connection:
        for kind, name in names.items():
            values = {
                "login": sql.Identifier(name),
                "password": sql.Literal(PASSWORD),
                "database": sql.Identifier(owner.params["dbname"]),
                "role": sql.Identifier(roles.get(kind, "pg_monitor")),
            }
            create = "create role {login} login password {password}"
            grants = "grant {role} to {login}" if kind in roles else BUILDER
            for statement in (create, grants):
                connection.execute(sql.SQL(statement).format(**values))
    return {
        kind: replace(
            owner, params={**owner.params, "user": name, "password": PASSWORD}
        )
        for kind, name in names.items()
    }


def attempt(world: World, statement: str) -> None:
    """Run a statement as a login and take back what it did."""
    with world.connect() as connection, connection.transaction(force_rollback=True):
        connection.execute(statement)


# -- what each may not do ----------------------------------------------------------

EVERYBODY = (WRITER, REVIEWER, READER)
# forbidden to all of them
NEVER = (
    # the platform, beside the link
    "select * from platform.users",
    "select * from platform.beneficiary_groups",
    "select * from platform.kintell_sessions",
    "select participant_id from platform.kintell_sessions",
    "select * from platform.campaigns",
    "update platform.kintell_sessions set completed_at = now()",
    "update platform.buddy_matches set participant_id = buddy_id",
    "update platform.learning_progress set status = 'completed'",
    "update platform.program_instances set start_date = start_date",
    "select id from platform.program_instances for key share",
    "insert into platform.kintell_sessions default values",
    "delete from platform.kintell_sessions",
    "truncate platform.buddy_matches",
    # the models' inside, and failing rows of tests
    "select * from analytics_internal.stg_platform__users",
    "select * from analytics_internal.int_activities_to_score",
    "select * from analytics_dbt_test__audit.auto_share_of_history",
    "delete from analytics.campaign_associations",
    "update analytics.campaign_associations set program_instance_id = null",
    # people's decisions, the logs and the closed books
    "update association_ops.review_decisions set reviewer = 'kim'",
    "delete from association_ops.review_decisions",
    "truncate association_ops.review_decisions",
    "alter table association_ops.review_decisions disable trigger all",
    "update association_ops.write_back_log set new_value = null",
    "delete from association_ops.write_back_log",
    "truncate association_ops.write_back_log",
    "delete from association_ops.write_back_runs",
    "insert into association_ops.dbt_runs (invocation_id) values ('mine')",
    "update association_ops.dbt_runs set status = 'success'",
    "insert into association_ops.book_closings (action, associations)"
    " values ('unlock', 0)",
    "delete from association_ops.locked_associations",
    "select nextval('association_ops.review_decisions_decision_id_seq')",
    # somebody else's place
    "create table platform.mine (id integer)",
    "create table analytics.mine (id integer)",
    "create table association_ops.mine (id integer)",
    "create schema mine",
    "create role mine",
    "set role postgres",
    "set session authorization postgres",
    "call association_ops.grant_access()",
)
FORBIDDEN = {
    WRITER: (
        "select * from association_ops.review_decisions",
        "insert into association_ops.review_decisions (activity_type, activity_id,"
        " decision, reviewer) values ('session', gen_random_uuid(), 'rejected', 'kim')",
        "select * from analytics.association_review_queue",
        "select * from analytics_internal.int_cohorts",
        "select * from platform.program_instances",
        # the log says when and in which order
        "insert into association_ops.write_back_log (log_id, run_id, activity_type,"
        " activity_id, new_value) overriding system value"
        " values (1, 1, 'session', gen_random_uuid(), gen_random_uuid())",
        "insert into association_ops.write_back_log (run_id, activity_type,"
        " activity_id, new_value, written_at)"
        " values (1, 'session', gen_random_uuid(), gen_random_uuid(), now())",
        "insert into association_ops.write_back_runs (kind, started_at)"
        " values ('run', now())",
        "update association_ops.write_back_runs set kind = 'undo'",
        "set role association_reviewer",
    ),
    REVIEWER: (
        "select id from platform.kintell_sessions",
        "select id from platform.program_instances",
        "update platform.kintell_sessions set program_instance_id = null",
        "select association_ops.hold_program_instances(array[gen_random_uuid()])",
        "select * from association_ops.write_back_log",
        "select * from association_ops.write_back_runs",
        "select * from association_ops.dbt_runs",
        "select * from analytics_internal.int_campaign_figures",
        "select * from analytics_internal.int_activities",
        "select * from analytics_internal.int_people",
        "insert into association_ops.review_decisions (activity_type, activity_id,"
        " decision, reviewer, recorded_by)"
        " values ('session', gen_random_uuid(), 'rejected', 'kim', 'kim')",
        "insert into association_ops.review_decisions (activity_type, activity_id,"
        " decision, reviewer, decided_at)"
        " values ('session', gen_random_uuid(), 'rejected', 'kim', now())",
        "insert into association_ops.review_decisions (decision_id, activity_type,"
        " activity_id, decision, reviewer)"
        " values (9, 'session', gen_random_uuid(), 'rejected', 'kim')",
        "select association_ops.check_review_decision()",
        "set role association_writer",
    ),
    READER: (
        "select id from platform.kintell_sessions",
        "update platform.kintell_sessions set program_instance_id = null",
        "select association_ops.hold_program_instances(array[gen_random_uuid()])",
        "select * from association_ops.review_decisions",
        "select * from association_ops.write_back_log",
        "select * from association_ops.locked_associations",
        "select * from association_ops.backfill_activities",
        "select * from analytics_internal.int_cohorts",
        "select * from analytics_internal.int_campaign_figures",
        "select * from analytics_internal.impact_rates",
        "select * from analytics_internal.int_score_answers",
        "select * from analytics_internal.int_activities",
        "insert into association_ops.review_decisions default values",
        "set role association_writer",
        "set role association_reviewer",
    ),
}


@pytest.mark.parametrize(
    ("role", "statement"),
    [
        (role, statement)
        for role in EVERYBODY
        for statement in (*NEVER, *FORBIDDEN[role])
    ],
)
def test_what_a_role_may_not_do(logins, role, statement):
    with pytest.raises(errors.InsufficientPrivilege):
        attempt(logins.of(role), statement)


def test_roles_are_no_logins_and_no_superusers(logins):
    found = logins.owner.rows(
        "select rolname, rolsuper, rolcreaterole, rolcreatedb, rolbypassrls,"
        " rolreplication from pg_roles"
        " where rolname in ('association_writer', 'association_reviewer', 'bi_reader')"
    )
    assert {row.pop("rolname") for row in found} == set(EVERYBODY)
    assert not any(any(row.values()) for row in found)


# -- what each may do, by the commands ------------------------------------------------


def test_run_needs_no_more_than_the_builder_has(logins):
    """The world was run by such a login: see the fixture."""
    assert logins.owner.held() == logins.owner.wanted() != {}


def test_write_back_and_undo_need_the_writer_alone(logins):
    result = succeed(logins.writer.command("write-back", "--dry-run", "--json"))
    assert json.loads(result)["to_write"] == 0
    held = logins.owner.held()
    undone = json.loads(succeed(logins.writer.command("undo", "1", "--json")))
    assert (undone["restored"], logins.owner.held()) == (len(held), {})
    again = str(undone["run_id"])
    succeed(logins.writer.command("undo", again, "--dry-run"))
    succeed(logins.writer.command("undo", again))
    assert logins.owner.held() == held
    succeed(logins.writer.command("write-back"))


def test_review_needs_the_reviewer_alone(logins):
    listed = json.loads(
        succeed(logins.reviewer.command("review", "list", "--limit", "1", "--json"))
    )
    row = next(iter(value for value in listed.values() if isinstance(value, list)))[0]
    who = ("--reviewer", "ann.b", "--yes")
    key = (row["activity_type"], str(row["activity_id"]))
    reject = ("review", "reject", *key, "--reason", "private_use", *who)
    succeed(logins.reviewer.command(*reject))
    succeed(logins.reviewer.command("review", "list", "--decided"))
    succeed(logins.reviewer.command("review", "withdraw", *key, *who))
    recorded = logins.owner.rows(
        "select distinct recorded_by from association_ops.review_decisions"
    )
    assert recorded == [{"recorded_by": logins.reviewer.params["user"]}]


def test_the_reader_reads_every_public_model_and_nothing_else(logins):
    readable = logins.reader.rows(
        """
        select table_schema, table_name
        from information_schema.tables
        where
            table_schema !~ '^(pg_|information_schema)'
            and has_schema_privilege(table_schema, 'usage')
        """
    )
    assert {row["table_schema"] for row in readable} == {"analytics"}
    manifest = logins.builder.artifact("manifest.json")
    public = {
        node["name"]
        for node in manifest["nodes"].values()
        if node.get("access") == "public"
    }
    assert {"campaign_metrics", "metric_evidence"} <= public
    assert {row["table_name"] for row in readable} == public
    for row in readable:
        attempt(logins.reader, f"table analytics.{row['table_name']}")


def test_the_reviewer_reads_what_the_page_shows(logins):
    """The public models, and how right the rules were: the page calibrates them."""
    for relation in (
        "analytics.campaign_metrics",
        "analytics.metric_evidence",
        "analytics.association_quality",
        "analytics_internal.int_score_precision",
        "analytics_internal.int_score_answers",
        "analytics_internal.int_threshold_steps",
        "analytics_internal.int_signal_precision",
        "analytics_internal.int_rule_suggestions",
    ):
        attempt(logins.reviewer, f"table {relation}")


@pytest.mark.parametrize("role", [READER, REVIEWER])
def test_a_login_without_the_role_is_told_so(logins, role):
    said = logins.of(role).command("write-back")
    assert said.returncode == 1
    assert "may not do this" in said.stderr
    assert "Traceback" not in said.stderr


def test_readers_never_meet_a_model_without_rights(logins):
    """While a model is built anew, again and again, its reader reads on."""
    done = threading.Event()
    problems: list[str] = []

    def read() -> None:
        with logins.reader.connect() as connection:
            while not done.is_set():
                try:
                    connection.execute(
                        "select count(*) from analytics.campaign_associations,"
                        " analytics.association_quality"
                    )
                except psycopg.Error as error:
                    problems.append(str(error))

    thread = threading.Thread(target=read)
    thread.start()
    try:
        succeed(logins.builder.command("run", "--full-refresh", "--no-write-back"))
    finally:
        done.set()
        thread.join()
    assert not [text for text in problems if "permission denied" in text]


def test_acting_as_ends_with_the_block(logins):
    with logins.owner.connect() as connection:
        who = "select current_user::text"

        def user() -> str:
            return connection.execute(who).fetchone()[0]

        with acting_as(connection, WRITER):
            assert user() == WRITER
        assert user() == logins.owner.params["user"]
        with pytest.raises(ZeroDivisionError), acting_as(connection, WRITER):
            1 / 0  # noqa: B018 (it is what happens)
        assert user() == logins.owner.params["user"]
        with acting_as(connection, "no such role"):
            assert user() == logins.owner.params["user"]
    with (
        logins.reader.connect() as connection,
        acting_as(connection, WRITER),
    ):
        assert connection.execute(who).fetchone()[0] == logins.reader.params["user"]


def test_a_policy_that_hides_rows_is_an_error_not_a_silence(logins):
    owner = logins.owner
    owner.execute("alter table kintell_sessions enable row level security")
    try:
        said = logins.writer.command("write-back", "--dry-run")
        undo = logins.writer.command("undo", "1")
    finally:
        owner.execute("alter table kintell_sessions disable row level security")
    assert (undo.returncode, said.returncode) == (1, 0)
    assert "row-level security" in undo.stderr


# -- the migration -------------------------------------------------------------------


@pytest.fixture(params=["database", "foreign_database"])
def params(request) -> dict[str, Any]:
    return request.getfixturevalue(request.param)


@pytest.fixture
def plain_login(params) -> Iterator[dict[str, Any]]:
    """A login that owns the platform and may make schemas, but no roles."""
    name = f"plain_{uuid4().hex[:8]}"
    login, database = sql.Identifier(name), sql.Identifier(params["dbname"])
    with psycopg.connect(**params, autocommit=True) as connection:
        connection.execute(
            sql.SQL("create role {} login password {}").format(login, PASSWORD)
        )
        connection.execute(
            sql.SQL("grant connect, create, temporary on database {} to {}").format(
                database, login
            )
        )
        yield {**params, "user": name, "password": PASSWORD}
        connection.execute(sql.SQL("drop owned by {} cascade").format(login))
        connection.execute(sql.SQL("drop role {}").format(login))


def without_roles(params: dict[str, Any]) -> None:
    """Drop the roles of this project on a server, but not the reader of ours."""
    with psycopg.connect(**params, autocommit=True) as connection:
        for role in (WRITER, REVIEWER):
            connection.execute(
                sql.SQL("drop role if exists {}").format(sql.Identifier(role))
            )


def test_roles_that_may_not_be_made_are_left_to_an_administrator(params, plain_login):
    try:
        without_roles(params)
    except errors.DependentObjectsStillExist:
        pytest.skip("other databases of this server use the roles")
    target = make_platform(plain_login)
    remarks = " ".join(migrate_up(target).remarks)
    assert f"create role {WRITER} nologin; grant {WRITER} to" in remarks
    # what there is works without them, and migrate up goes on from there
    with target.connect(autocommit=True) as connection, acting_as(connection, WRITER):
        connection.execute("update platform.kintell_sessions set id = id")
    with psycopg.connect(**params, autocommit=True) as connection:
        for role in (WRITER, REVIEWER):
            connection.execute(
                sql.SQL("create role {0} nologin; grant {0} to {1}").format(
                    sql.Identifier(role), sql.Identifier(plain_login["user"])
                )
            )
    migrate_up(target)
    with (
        target.connect(autocommit=True) as connection,
        acting_as(connection, WRITER),
    ):
        connection.execute("select id from platform.kintell_sessions")
        with pytest.raises(errors.InsufficientPrivilege):
            connection.execute("update platform.kintell_sessions set id = id")


def test_who_may_make_roles_needs_no_administrator(params, plain_login):
    """From PostgreSQL 16 on, who makes a role is not in it by that alone."""
    try:
        without_roles(params)
    except errors.DependentObjectsStillExist:
        pytest.skip("other databases of this server use the roles")
    with psycopg.connect(**params) as connection:
        connection.execute(
            sql.SQL("alter role {} createrole").format(
                sql.Identifier(plain_login["user"])
            )
        )
    target = make_platform(plain_login)
    assert not [text for text in migrate_up(target).remarks if WRITER in text]
    with target.connect(autocommit=True) as connection, acting_as(connection, WRITER):
        who = connection.execute("select current_user::text").fetchone()
        assert who == (WRITER,)
    migrate_down(target, patience=5)
    with target.connect() as connection:
        left = connection.execute(
            "select from pg_roles where rolname = any(%s)", [[WRITER, REVIEWER]]
        ).fetchall()
        assert left == []


def test_a_table_made_anew_is_granted_again(params):
    target = make_platform(params)
    migrate_up(target)
    with connect_to(target) as connection:
        connection.execute("drop table buddy_matches")
        connection.execute(
            "create table buddy_matches (id uuid, matched_at timestamptz)"
        )
        migrate_up(target)
        with acting_as(connection, WRITER):
            connection.execute("update buddy_matches set program_instance_id = null")


def test_down_takes_the_rights_back(params):
    target = make_platform(params)
    migrate_up(target)
    migrate_down(target, to="0054", patience=5)
    rights = """
        select count(*) from information_schema.column_privileges
        where grantee in ('association_writer', 'association_reviewer')
    """
    with connect_to(target) as connection:
        assert connection.execute(rights).fetchone() == (0,)
        migrate_up(target)
        assert connection.execute(rights).fetchone() > (0,)


def test_held_instances_cannot_be_deleted(params):
    target = make_platform(params)
    migrate_up(target)
    with connect_to(target) as one, connect_to(target) as other:
        other.execute("set lock_timeout = '200ms'")
        with one.transaction():
            held = one.execute(
                "select association_ops.hold_program_instances("
                "array(select id from program_instances) || gen_random_uuid())"
            ).fetchall()
            assert len(held) == 3
            with pytest.raises(errors.LockNotAvailable):
                other.execute("delete from program_instances")
        # a schema in the search path of the caller has no say
        other.execute("create temporary table program_instances (id uuid)")
        assert other.execute(
            "select count(*) from association_ops.hold_program_instances("
            "array(select id from platform.program_instances))"
        ).fetchone() == (3,)
