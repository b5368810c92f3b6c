"""A look at the associations that no build can change in the middle."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg import sql

from campaign_association.target import Target


@contextmanager
def one_moment(connection: psycopg.Connection, target: Target) -> Iterator[None]:
    """Open a transaction that sees one moment, never a build's swap of tables."""
    with connection.transaction():
        connection.execute("set transaction isolation level repeatable read")
        connection.execute("set local lock_timeout = '5s'")
        # before the first look: a table put in its place later would seem empty
        connection.execute(
            sql.SQL("lock table {} in access share mode").format(
                sql.Identifier(target.schema, "campaign_associations")
            )
        )
        yield
