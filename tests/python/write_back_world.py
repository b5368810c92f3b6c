"""A small platform with associations, on which write-back and undo are tested.

The migrations, pending_write_backs and what it is built on are the project's own;
associations are a plain table, so that a test says directly what is wanted.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from uuid import UUID

import jinja2
import psycopg
from psycopg import sql

from campaign_association.migrate import migrate_up
from campaign_association.settings import PROJECT_DIR
from campaign_association.target import Target
from conftest import new_database

TABLES = {
    "session": "kintell_sessions",
    "match": "buddy_matches",
    "completion": "learning_progress",
}
PLATFORM = """
create schema platform;
create table platform.campaigns (id uuid primary key, company_id uuid);
create table platform.company_users (company_id uuid, user_id uuid);
create table platform.program_instances (id uuid primary key, campaign_id uuid);
create table platform.kintell_sessions (
    id uuid primary key,
    completed_at timestamptz,
    participant_id uuid,
    volunteer_id uuid
);
create table platform.buddy_matches (
    id uuid primary key, matched_at timestamptz, participant_id uuid
);
create table platform.learning_progress (
    id uuid primary key, completed_at timestamptz, user_id uuid
);
"""
MODELS = """
create schema analytics;
create schema analytics_internal;
create view analytics_internal.stg_platform__kintell_sessions as
select id as session_id, program_instance_id from platform.kintell_sessions;
create view analytics_internal.stg_platform__buddy_matches as
select id as match_id, program_instance_id from platform.buddy_matches;
create view analytics_internal.stg_platform__learning_progress as
select id as completion_id, program_instance_id from platform.learning_progress;
create view analytics_internal.stg_platform__program_instances as
select id as program_instance_id from platform.program_instances;
create table analytics.campaign_associations (
    activity_type text,
    activity_id uuid,
    program_instance_id uuid,
    decision text not null,
    primary key (activity_type, activity_id)
);
create table analytics_internal.no_activities (id uuid);
create view analytics_internal.int_activities as
select 'session' as activity_type, id as activity_id from platform.kintell_sessions
where id not in (select id from analytics_internal.no_activities);
"""
# as dbt grants when it builds
GRANTS = """
grant usage on schema analytics, analytics_internal to association_writer;
grant select on analytics.campaign_associations, analytics.pending_write_backs,
    analytics_internal.int_activities to association_writer;
"""


def instance(number: int) -> UUID:
    """Return the id of program instance ``number``."""
    return UUID(int=0xA000_0000 + number)


def activity(number: int) -> UUID:
    """Return the id of activity ``number``."""
    return UUID(int=0xC000_0000 + number)


A, B, C = instance(1), instance(2), instance(3)
# an instance that is not there
GONE = instance(99)


# what pending_write_backs is built on, of the project's own models, in this order
OWN_MODELS = (
    "matching/int_current_decisions",
    "write_back/int_held_values",
    "write_back/int_undone_values",
    "associations/pending_write_backs",
)
PUBLIC_MODELS = ("campaign_associations", "pending_write_backs")


def relation(model: str) -> str:
    """Return the relation that a model is in this world."""
    schema = "analytics" if model in PUBLIC_MODELS else "analytics_internal"
    return f"{schema}.{model}"


def own_views() -> Iterator[str]:
    """Yield the statements that make the project's models views of this world."""
    for path in OWN_MODELS:
        source = (PROJECT_DIR / "models" / path).with_suffix(".sql").read_text()
        query = jinja2.Template(source).render(
            config=lambda **_: "",
            ref=relation,
            source=lambda schema, name: f"{schema}.{name}",
            # a word to the planner, no more
            rarely=lambda condition: condition,
        )
        yield f"create view {relation(path.rpartition('/')[2])} as {query}"


@dataclass
class World:
    """The database of one test: what it holds, and short ways to change it."""

    params: dict[str, Any]
    overrides: dict[str, Any] = field(default_factory=dict)

    @property
    def target(self) -> Target:
        """The world as the command sees it."""
        return Target(
            params=self.params,
            schema="analytics",
            overrides=self.overrides,
            dbt_options=(),
        )

    @cached_property
    def connection(self) -> psycopg.Connection:
        """An autocommit connection of somebody who is not the project."""
        return psycopg.connect(**self.params, autocommit=True)

    def make(self) -> None:
        """Create platform, migrations, associations and a good build."""
        self.connection.execute(PLATFORM)
        migrate_up(self.target)
        self.connection.execute(MODELS)
        for statement in own_views():
            self.connection.execute(statement)
        self.connection.execute(GRANTS)
        for number in (1, 2, 3):
            self.execute(
                "insert into platform.program_instances values (%s)", instance(number)
            )
        self.build()

    def execute(self, query: str, *values: Any) -> psycopg.Cursor:
        """Run a statement with positional values."""
        return self.connection.execute(query, values)

    def rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        """Return all rows of a query."""
        return self.execute(query, *values).fetchall()

    def value(self, query: str, *values: Any) -> Any:
        """Return the one value of a query."""
        return self.rows(query, *values)[0][0]

    def build(self, name: str = "build 1", **columns: Any) -> None:
        """Record a dbt invocation; without columns a good build."""
        row = {
            "invocation_id": name,
            "command": "build",
            "as_of_date": "2026-06-30",
            "builds_associations": True,
            "status": "success",
            "integrity_expected": ["test.project.keys.1"],
            "integrity_results": '{"test.project.keys.1": "pass"}',
            **columns,
        }
        self.connection.execute(
            sql.SQL("insert into association_ops.dbt_runs ({}) values ({})").format(
                sql.SQL(", ").join(map(sql.Identifier, row)),
                sql.SQL(", ").join(map(sql.Placeholder, row)),
            ),
            row,
        )

    def add(
        self,
        number: int,
        wanted: UUID | None = None,
        held: UUID | None = None,
        *,
        kind: str = "session",
        decision: str = "auto",
    ) -> UUID:
        """Add an activity with its association; return its id."""
        self.connection.execute(
            sql.SQL("insert into {} (id, program_instance_id) values (%s, %s)").format(
                sql.Identifier("platform", TABLES[kind])
            ),
            [activity(number), held],
        )
        self.execute(
            "insert into analytics.campaign_associations values (%s, %s, %s, %s)",
            kind, activity(number), wanted, decision,
        )  # fmt: skip
        return activity(number)

    def add_many(self, count: int, wanted: UUID = A) -> None:
        """Add sessions 1..count that want an instance."""
        self.execute(
            """
            insert into platform.kintell_sessions (id)
            select ('00000000-0000-0000-0000-0000c' || lpad(to_hex(n), 7, '0'))::uuid
            from generate_series(1, %s) as n
            """,
            count,
        )
        self.execute(
            """
            insert into analytics.campaign_associations
            select 'session', id, %s, 'auto' from platform.kintell_sessions
            """,
            wanted,
        )

    def want(self, number: int, wanted: UUID | None, decision: str = "auto") -> None:
        """Let the association of an activity want another instance."""
        self.execute(
            "update analytics.campaign_associations"
            " set program_instance_id = %s, decision = %s where activity_id = %s",
            wanted, decision, activity(number),
        )  # fmt: skip

    def decide(self, number: int, decision: str, chosen: UUID | None = None) -> None:
        """Let a person decide about a session, and the association follow."""
        self.execute(
            """
            insert into association_ops.review_decisions
                (activity_type, activity_id, decision, program_instance_id, reviewer)
            values ('session', %s, %s, %s, 'kim')
            """,
            activity(number), decision, chosen,
        )  # fmt: skip
        self.want(number, chosen, decision)

    def put(self, number: int, value: UUID | None) -> None:
        """Let somebody else set the value of a session."""
        self.execute(
            "update platform.kintell_sessions set program_instance_id = %s"
            " where id = %s",
            value, activity(number),
        )  # fmt: skip

    def held(self, number: int, kind: str = "session") -> UUID | None:
        """Return what the platform holds for an activity."""
        query = sql.SQL("select program_instance_id from {} where id = %s").format(
            sql.Identifier("platform", TABLES[kind])
        )
        row = self.connection.execute(query, [activity(number)]).fetchone()
        assert row is not None
        return row[0]

    def pending(self) -> dict[int, tuple[str, str | None]]:
        """Return action and reason of each pending activity, by its number."""
        return {
            activity_id.int - activity(0).int: (action, reason)
            for activity_id, action, reason in self.rows(
                "select activity_id, action, reason from analytics.pending_write_backs"
            )
        }

    def log(self) -> list[tuple[Any, ...]]:
        """Return the log in the order of writing: run, activity, old and new value."""
        return self.rows(
            "select run_id, activity_type, activity_id, old_value, new_value"
            " from association_ops.write_back_log order by log_id"
        )

    def runs(self) -> list[tuple[Any, ...]]:
        """Return kind, status and rows_written of each run."""
        return self.rows(
            "select kind, status, rows_written"
            " from association_ops.write_back_runs order by run_id"
        )

    def everything(self) -> dict[str, list[tuple[Any, ...]]]:
        """Return all rows of all tables and the state of all sequences."""
        names = self.rows(
            """
            select namespaces.nspname, classes.relname
            from pg_class as classes
            inner join pg_namespace as namespaces
                on classes.relnamespace = namespaces.oid
            where classes.relkind in ('r', 'S')
                and namespaces.nspname <> 'information_schema'
                and not starts_with(namespaces.nspname, 'pg_')
            """
        )
        return {
            f"{schema}.{name}": sorted(
                map(
                    repr,
                    self.connection.execute(
                        sql.SQL("select * from {}").format(sql.Identifier(schema, name))
                    ),
                )
            )
            for schema, name in names
        }

    def close(self) -> None:
        """Close the world's own connection."""
        self.connection.close()


TEMPLATE = "write_back_world"
# one made world a server: every test begins with a copy of it
_made: set[int] = set()


@contextmanager
def open_world(server: Mapping[str, Any]) -> Iterator[World]:
    """Make a world without activities for the time of the block."""
    if server["port"] not in _made:
        with psycopg.connect(**server, autocommit=True) as connection:
            connection.execute(
                sql.SQL("create database {}").format(sql.Identifier(TEMPLATE))
            )
        made = World({**server, "dbname": TEMPLATE})
        made.make()
        made.close()
        _made.add(server["port"])
    with new_database(dict(server), TEMPLATE) as params:
        world = World(params)
        try:
            yield world
        finally:
            world.close()
