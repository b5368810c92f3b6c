"""The demo platform's tables, in the variants in which platforms have them."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from typing import Any, Literal

import psycopg
from psycopg.sql import SQL, Identifier
from psycopg.sql import Literal as SqlLiteral

TagsType = Literal["jsonb", "text[]"]
StatusesType = Literal["enum", "text"]


def create_platform(
    connection: psycopg.Connection[Any],
    schema: str = "platform",
    *,
    tags: TagsType = "jsonb",
    statuses: StatusesType = "enum",
) -> None:
    """Create the platform's empty tables in ``schema``, which is made if missing.

    ``tags`` is the type of the tags columns; ``statuses`` that of status and type
    columns. With text statuses, session times are without zone. One transaction;
    raises :class:`psycopg.errors.DuplicateTable` where the tables are there already.
    """
    scripts = ["platform", f"platform_{statuses}_statuses"]
    if tags == "text[]":
        scripts.append("platform_array_tags")
    with connection.transaction():
        connection.execute(
            SQL("create schema if not exists {}").format(Identifier(schema))
        )
        with search_path(connection, schema):
            for name in scripts:
                connection.execute(read_script(name))


def make_schema(connection: psycopg.Connection[Any], name: str, mark: str) -> None:
    """Create a schema with ``mark`` as its comment, to know it again by."""
    connection.execute(SQL("create schema {}").format(Identifier(name)))
    mark_schema(connection, name, mark)


def mark_schema(connection: psycopg.Connection[Any], name: str, mark: str) -> None:
    """Set the comment on a schema."""
    statement = SQL("comment on schema {} is {}")
    connection.execute(statement.format(Identifier(name), SqlLiteral(mark)))


def drop_marked_schema(
    connection: psycopg.Connection[Any], name: str, mark: str
) -> None:
    """Drop a schema and all in it, if it is there and its comment is ``mark``."""
    found = connection.execute(
        "select from pg_namespace"
        " where nspname = %s and obj_description(oid, 'pg_namespace') = %s",
        [name, mark],
    )
    if found.fetchone() is not None:
        connection.execute(SQL("drop schema {} cascade").format(Identifier(name)))


def read_script(name: str) -> bytes:
    """Return the SQL script ``name`` of this package."""
    return files(__package__).joinpath(f"{name}.sql").read_bytes()


@contextmanager
def search_path(connection: psycopg.Connection[Any], *schemas: str) -> Iterator[None]:
    """Find unqualified names in ``schemas``, inside the surrounding transaction."""
    set_path = "select set_config('search_path', %s, true)"
    path = SQL(", ").join(map(Identifier, schemas)).as_string(connection)
    before = connection.execute("select current_setting('search_path')").fetchone()
    connection.execute(set_path, [path])
    yield
    connection.execute(set_path, before)
