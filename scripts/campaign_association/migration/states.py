"""Which migrations have been applied."""

from dataclasses import dataclass
from datetime import datetime

import psycopg

from campaign_association.migration.backend import all_migrations, number_of
from campaign_association.migration.tables import LINKED_TABLES, tables_with_link
from campaign_association.target import Target


@dataclass(frozen=True)
class MigrationState:
    """One migration; ``applied_at`` is None where it has yet to be applied."""

    number: str
    name: str
    applied_at: datetime | None


def migration_states(
    connection: psycopg.Connection, target: Target
) -> list[MigrationState]:
    """Return every migration, oldest first. Changes nothing in the database.

    A migration whose column is gone, as after a platform table was made anew, counts
    as not applied.
    """
    applied_at = _applied(connection)
    linked = tables_with_link(connection, target)
    for table in LINKED_TABLES:
        if table.name not in linked:
            applied_at = {
                name: when
                for name, when in applied_at.items()
                if number_of(name) != table.migration
            }
    return [
        MigrationState(
            number_of(migration.id), migration.id, applied_at.get(migration.id)
        )
        for migration in all_migrations()
    ]


def pending_migrations(connection: psycopg.Connection, target: Target) -> list[str]:
    """Return the names of the migrations that have yet to be applied."""
    return [
        state.name
        for state in migration_states(connection, target)
        if state.applied_at is None
    ]


def _applied(connection: psycopg.Connection) -> dict[str, datetime]:
    found = connection.execute(
        "select to_regclass('association_ops._yoyo_migration') is not null"
    ).fetchone()
    if not (found and found[0]):
        return {}
    return dict(
        connection.execute(
            """
            select migration_id, applied_at_utc at time zone 'UTC'
            from association_ops._yoyo_migration
            """
        ).fetchall()
    )
