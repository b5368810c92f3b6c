"""A platform's tables as the comparison needs them, and worlds loaded into them."""

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

from reference.picking import Variant
from reference.world import OUTCOME_TABLES, TABLES, Row, World

DDL = (Path(__file__).parent / "platform.sql").read_text()

CODES = {
    "campaign_status": [
        "draft", "planned", "recruiting", "active", "paused", "completed", "closed",
    ],
    "instance_status": ["planned", "active", "paused", "completed"],
    "enrollment_status": ["active", "completed", "dropped"],
    "session_type": ["language", "mentorship"],
    "program_type": ["mentorship", "language", "buddy", "upskilling", "weei"],
    "progress_status": ["in_progress", "completed", "failed"],
}  # fmt: skip


def create_platform(
    connection: psycopg.Connection, schema: str, variant: Variant
) -> None:
    """Create the platform's tables, empty, with the variant's column types."""
    place = sql.Identifier(schema)
    connection.execute(sql.SQL("create schema if not exists {}").format(place))
    connection.execute(sql.SQL("set local search_path = {}").format(place))
    types = {
        "tags": sql.SQL("text[]" if variant.tags == "text[]" else "jsonb"),
        "moment": sql.SQL(
            "timestamptz" if variant.moments == "timestamptz" else "timestamp"
        ),
    }
    for name, codes in CODES.items():
        types[name] = sql.SQL("text")
        if variant.statuses == "enum":
            types[name] = sql.Identifier(schema, name)
            connection.execute(
                sql.SQL("create type {} as enum ({})").format(
                    types[name], sql.SQL(", ").join(map(sql.Literal, codes))
                )
            )
    connection.execute(sql.SQL(DDL).format(**types))


def load(
    connection: psycopg.Connection,
    schema: str,
    variant: Variant,
    worlds: Iterable[World],
) -> None:
    """Load worlds that share no id, with their decisions, in an open transaction.

    The connection must be a superuser's: what has vanished since is loaded past the
    foreign keys and the trigger that would have refused it.
    """
    worlds = list(worlds)
    connection.execute("set local session_replication_role = replica")
    for table in (*TABLES, *OUTCOME_TABLES):
        rows = [row for world in worlds for row in world.rows(table)]
        _copy(connection, sql.Identifier(schema, table), rows, variant)
    add_decisions(connection, [row for world in worlds for row in world.decisions])
    connection.execute("set local session_replication_role = origin")


def add_decisions(connection: psycopg.Connection, rows: list[Row]) -> None:
    """Add decisions, oldest first, newer than all that are there."""
    newest = connection.execute(
        "select coalesce(max(decision_id), 0) from association_ops.review_decisions"
    ).fetchone()
    assert newest is not None
    decided = enumerate(rows, start=newest[0] + 1)
    with connection.cursor() as cursor:
        cursor.executemany(
            """
            insert into association_ops.review_decisions
                (decision_id, activity_type, activity_id, decision,
                 program_instance_id, reviewer, recorded_by, decided_at)
            values (%(decision_id)s, %(activity_type)s, %(activity_id)s, %(decision)s,
                    %(program_instance_id)s, 'test-reviewer', 'test', now())
            """,
            # newest first: only decision_id may tell which one is the latest
            [row | {"decision_id": number} for number, row in decided][::-1],
        )


def empty(connection: psycopg.Connection, schema: str) -> None:
    """Delete everything that :func:`load` loads, decisions too."""
    connection.execute("set local session_replication_role = replica")
    for relation in (
        *(sql.Identifier(schema, table) for table in TABLES),
        sql.Identifier("association_ops", "review_decisions"),
    ):
        connection.execute(sql.SQL("delete from {}").format(relation))
    connection.execute("set local session_replication_role = origin")


def _copy(
    connection: psycopg.Connection,
    relation: sql.Identifier,
    rows: list[Row],
    variant: Variant,
) -> None:
    if not rows:
        return
    columns = sorted({column for row in rows for column in row})
    statement = sql.SQL("copy {} ({}) from stdin").format(
        relation, sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            values = [stored(column, row.get(column), variant) for column in columns]
            copy.write_row(values)


def stored(column: str, value: Any, variant: Variant) -> Any:
    """Return a value as its column takes it."""
    if value is None:
        return None
    if column == "metadata" or (column == "tags" and variant.tags == "jsonb"):
        return Jsonb(value)
    if isinstance(value, datetime) and variant.moments == "timestamp":
        return value.astimezone(UTC).replace(tzinfo=None)
    return value
