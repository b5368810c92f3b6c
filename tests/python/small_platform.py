"""The least platform that migrations and decisions work on, for tests."""

from typing import Any

import psycopg
from psycopg import sql

from campaign_association.target import Target

LINKED_TABLES = {
    "session": "kintell_sessions",
    "match": "buddy_matches",
    "completion": "learning_progress",
}
TABLES = """
create table campaigns (id uuid primary key, company_id uuid);
create table company_users (company_id uuid, user_id uuid);
create table program_instances (id uuid primary key, campaign_id uuid);
create table kintell_sessions (
    id uuid primary key,
    completed_at timestamptz,
    participant_id uuid default gen_random_uuid(),
    volunteer_id uuid default gen_random_uuid()
);
create table buddy_matches (
    id uuid primary key,
    matched_at timestamptz,
    participant_id uuid default gen_random_uuid(),
    buddy_id uuid default gen_random_uuid()
);
create table learning_progress (
    id uuid primary key,
    completed_at timestamptz,
    user_id uuid default gen_random_uuid(),
    status text default 'completed'
);
insert into program_instances
select gen_random_uuid() from generate_series(1, 3);
insert into kintell_sessions
select gen_random_uuid(), now() from generate_series(1, 50);
insert into buddy_matches
select gen_random_uuid(), now() from generate_series(1, 50);
insert into learning_progress
select gen_random_uuid(), now() from generate_series(1, 50);
"""


def make_platform(params: dict[str, Any], schema: str = "platform") -> Target:
    """Make the tables in ``schema`` and return the target that means them."""
    with psycopg.connect(**params, autocommit=True) as connection:
        connection.execute(
            sql.SQL("create schema if not exists {}").format(sql.Identifier(schema))
        )
        connection.execute(
            sql.SQL("set search_path to {}").format(sql.Identifier(schema))
        )
        connection.execute(TABLES)
    return target_of(params, schema)


def target_of(params: dict[str, Any], schema: str = "platform") -> Target:
    """Return a target on ``params`` whose platform lives in ``schema``."""
    return Target(
        params=params,
        schema="analytics",
        overrides={"platform_schema": schema},
        dbt_options=(),
    )


def connect_to(target: Target) -> psycopg.Connection:
    """Connect in autocommit mode; names without schema are the platform's."""
    connection = target.connect(autocommit=True)
    connection.execute(
        sql.SQL("set search_path to {}").format(sql.Identifier(target.platform_schema))
    )
    return connection


def one(connection: psycopg.Connection, query: str, *values: Any) -> Any:
    """Return the only value of a query."""
    row = connection.execute(query, values or None).fetchone()
    assert row is not None
    return row[0]


def picture(connection: psycopg.Connection) -> list[tuple[Any, ...]]:
    """Return every column, constraint, index, schema and comment of a database."""
    return connection.execute(
        """
        select nspname as schema, relname, attname as name,
            format_type(atttypid, atttypmod) as definition,
            col_description(attrelid, attnum) as comment
        from pg_attribute
        inner join pg_class on pg_attribute.attrelid = pg_class.oid
        inner join pg_namespace on pg_class.relnamespace = pg_namespace.oid
        where attnum > 0 and not attisdropped and relkind in ('r', 'v')
            and nspname not in ('pg_catalog', 'information_schema')
        union all
        select nspname, conrelid::regclass::text, conname,
            pg_get_constraintdef(pg_constraint.oid),
            obj_description(pg_constraint.oid, 'pg_constraint')
        from pg_constraint
        inner join pg_namespace on connamespace = pg_namespace.oid
        where nspname not in ('pg_catalog', 'information_schema')
        union all
        select nspname, indrelid::regclass::text, relname,
            pg_get_indexdef(indexrelid) || indisvalid,
            obj_description(indexrelid, 'pg_class')
        from pg_index
        inner join pg_class on pg_index.indexrelid = pg_class.oid
        inner join pg_namespace on pg_class.relnamespace = pg_namespace.oid
        where nspname not in ('pg_catalog', 'pg_toast')
        union all
        select nspname, null, null, null, null from pg_namespace
        where nspname !~ '^pg_'
        order by 1, 2, 3, 4
        """
    ).fetchall()
