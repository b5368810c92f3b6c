"""The tables that migrations are about."""

from dataclasses import dataclass

import psycopg

from campaign_association.settings import OPS_SCHEMA
from campaign_association.target import Target

# what the comments say that mark the objects a migration added
MARK = "campaign-association: added by migration"


@dataclass(frozen=True)
class LinkedTable:
    """A platform table to which a migration adds ``program_instance_id``."""

    name: str
    date_column: str
    activity_type: str
    migration: str


LINKED_TABLES = (
    LinkedTable("kintell_sessions", "completed_at", "session", "0049"),
    LinkedTable("buddy_matches", "matched_at", "match", "0050"),
    LinkedTable("learning_progress", "completed_at", "completion", "0051"),
)
# by activity type
ACTIVITY_TABLES = {table.activity_type: table.name for table in LINKED_TABLES}
NEEDED_COLUMNS = {
    **{table.name: ("id", table.date_column) for table in LINKED_TABLES},
    "program_instances": ("id",),
}


def tables_with_link(connection: psycopg.Connection, target: Target) -> set[str]:
    """Return the platform tables that have a column ``program_instance_id``."""
    rows = connection.execute(
        """
        select pg_class.relname
        from pg_class
        inner join pg_namespace on pg_class.relnamespace = pg_namespace.oid
        inner join pg_attribute on pg_class.oid = pg_attribute.attrelid
        where pg_namespace.nspname = %s
            and pg_class.relname = any(%s)
            and pg_attribute.attname = 'program_instance_id'
            and not pg_attribute.attisdropped
        """,
        [target.platform_schema, [table.name for table in LINKED_TABLES]],
    ).fetchall()
    return {name for (name,) in rows}


def has_ops_schema(connection: psycopg.Connection) -> bool:
    """Tell whether the ops schema is there: the first thing made, the last to go."""
    row = connection.execute(
        "select to_regnamespace(%s) is not null", [OPS_SCHEMA]
    ).fetchone()
    return bool(row and row[0])
