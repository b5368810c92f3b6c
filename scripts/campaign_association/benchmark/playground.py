"""A database on the embedded server with a made-up platform to measure on."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

import click
import psycopg
from psycopg import sql

from campaign_association.demo.generator import generate
from campaign_association.demo.platform import create_platform, make_schema
from campaign_association.migrate import migrate_up
from campaign_association.progress import step_bar
from campaign_association.target import Target, embedded_target

Command = Callable[..., Any]

DATABASE = "campaign_association_benchmark"
# the last day of the made-up platform; fixed, so that figures can be compared
AS_OF = date(2026, 6, 30)
SEED = 1


def activities_option(default: int) -> Callable[[Command], Command]:
    """Return the option that sets the size of the made-up platform."""
    return click.option(
        "--activities",
        type=click.IntRange(min=1000),
        default=default,
        show_default=True,
        help="Size of the made-up platform.",
    )


def count_rows(connection: psycopg.Connection, schema: str, name: str) -> int:
    """Return how many rows a table has."""
    query = sql.SQL("select count(*) from {}").format(sql.Identifier(schema, name))
    row = connection.execute(query).fetchone()
    return row[0] if row else 0


def on_platform(target: Target, text: str, **names: str) -> sql.Composed:
    """Return a statement with the platform's schema for {platform}, and ``names``."""
    identifiers = {key: sql.Identifier(name) for key, name in names.items()}
    platform = sql.Identifier(target.platform_schema)
    return sql.SQL(text).format(platform=platform, **identifiers)


def settle(connection: psycopg.Connection) -> None:
    """Collect statistics and write all pages to disk.

    What is measured next would pay for those of the filling otherwise.
    """
    connection.execute("vacuum analyze")
    connection.execute("checkpoint")


@contextmanager
def playground(activities: int, *, shown: bool) -> Iterator[Target]:
    """Yield a target with ``activities`` and our migrations; drop it all at the end.

    A database that a killed benchmark left behind is dropped first.
    """
    home = embedded_target({"as_of_date": AS_OF.isoformat()})
    with home.connect(autocommit=True) as connection:
        _drop_database(connection)
        connection.execute(
            sql.SQL("create database {}").format(sql.Identifier(DATABASE))
        )
        try:
            target = home.in_database(DATABASE)
            _fill(target, activities, shown=shown)
            yield target
        finally:
            _drop_database(connection)


def _fill(target: Target, activities: int, *, shown: bool) -> None:
    with (
        target.connect(autocommit=True) as connection,
        step_bar("Making up a platform", shown=shown) as watch,
    ):
        make_schema(connection, target.platform_schema, "made up for a benchmark")
        create_platform(connection, target.platform_schema)
        generate(
            connection,
            target.platform_schema,
            seed=SEED,
            as_of=AS_OF,
            activities=activities,
            progress=watch,
        )
    migrate_up(target)


def _drop_database(connection: psycopg.Connection) -> None:
    connection.execute(
        sql.SQL("drop database if exists {} with (force)").format(
            sql.Identifier(DATABASE)
        )
    )
