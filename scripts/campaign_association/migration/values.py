"""Whose values the platform's ``program_instance_id`` columns hold."""

from dataclasses import dataclass

import psycopg
from psycopg import sql

from campaign_association.migration.tables import (
    LINKED_TABLES,
    MARK,
    LinkedTable,
    tables_with_link,
)
from campaign_association.target import Target

# the newest value logged for an activity is ours, as long as it is still held
COUNT_VALUES = sql.SQL(
    """
    with newest as (
        select distinct on (activity_id) activity_id, new_value
        from association_ops.write_back_log
        where activity_type = {activity_type}
        order by activity_id, log_id desc
    )

    select
        count(*) filter (where newest.new_value = linked.program_instance_id),
        count(*) filter (
            where newest.new_value is distinct from linked.program_instance_id
        )
    from {table} as linked
    left join newest on linked.id = newest.activity_id
    where linked.program_instance_id is not null
    """
)
# before the log is there, nothing is ours
COUNT_WITHOUT_LOG = sql.SQL("select 0, count(program_instance_id) from {table}")


@dataclass(frozen=True)
class Values:
    """How many values of a table this project wrote, and how many others did.

    ``is_added`` tells whether a migration added the column itself.
    """

    table: LinkedTable
    is_added: bool
    ours: int
    foreign: int


def count_values(connection: psycopg.Connection, target: Target) -> list[Values]:
    """Count the values of every platform table that has the column."""
    found = connection.execute(
        "select to_regclass('association_ops.write_back_log') is not null"
    ).fetchone()
    query = COUNT_VALUES if found and found[0] else COUNT_WITHOUT_LOG
    present = tables_with_link(connection, target)
    counts = []
    for table in LINKED_TABLES:
        if table.name in present:
            row = connection.execute(
                query.format(
                    activity_type=sql.Literal(table.activity_type),
                    table=sql.Identifier(target.platform_schema, table.name),
                )
            ).fetchone()
            assert row is not None
            counts.append(Values(table, _is_added(connection, target, table), *row))
    return counts


def _is_added(
    connection: psycopg.Connection, target: Target, table: LinkedTable
) -> bool:
    row = connection.execute(
        """
        select starts_with(col_description(attrelid, attnum), %s)
        from pg_attribute
        inner join pg_class on pg_attribute.attrelid = pg_class.oid
        inner join pg_namespace on pg_class.relnamespace = pg_namespace.oid
        where nspname = %s and relname = %s and attname = 'program_instance_id'
        """,
        [MARK, target.platform_schema, table.name],
    ).fetchone()
    return bool(row and row[0])
