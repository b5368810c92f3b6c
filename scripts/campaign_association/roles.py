"""The roles of migration 0055, and how a command takes one for its work.

A login needs no rights of its own for what its role may do; where there is no such
role, or the login is no member of it, it works with the rights that it has.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress

import psycopg
from psycopg import sql

WRITER = "association_writer"
REVIEWER = "association_reviewer"
# from PostgreSQL 16 on, a member may be one without the right to SET ROLE
_SET_SINCE = 160_000


@contextmanager
def acting_as(connection: psycopg.Connection, role: str) -> Iterator[None]:
    """Let an autocommit connection do the block with the rights of ``role`` alone."""
    if not may_act_as(connection, role):
        yield
        return
    connection.execute(sql.SQL("set role {}").format(sql.Identifier(role)))
    try:
        yield
    finally:
        # a broken connection has no role any more
        with suppress(psycopg.Error):
            connection.execute("reset role")


def may_act_as(connection: psycopg.Connection, role: str) -> bool:
    """Tell whether there is such a role and the user may take it."""
    privilege = "set" if connection.info.server_version >= _SET_SINCE else "member"
    row = connection.execute(
        """
        select exists (
            select
            from pg_catalog.pg_roles as roles
            where roles.rolname = %s and pg_has_role(roles.oid, %s)
        )
        """,
        [role, privilege],
    ).fetchone()
    return bool(row and row[0])
