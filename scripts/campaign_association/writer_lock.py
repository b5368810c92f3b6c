"""One writer at a time: the lock that every verb that writes takes."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress

import psycopg

from campaign_association.advisory_lock import advisory_lock
from campaign_association.target import LOCK_TIMEOUT, Target

# any fixed number will do, as long as it never changes between versions
WRITER_LOCK_KEY = 4_920_050_051
# a server needs a moment to notice that the client of a killed writer is gone
GRACE_SECONDS = 5.0


@contextmanager
def writer_lock(
    connection: psycopg.Connection, *, grace_seconds: float | None = None
) -> Iterator[None]:
    """Hold the writer lock of this database while the block runs.

    It is an :func:`~campaign_association.advisory_lock.advisory_lock`. Raises
    :class:`~campaign_association.errors.Refused` when another session still holds it
    after ``grace_seconds``.
    """
    grace = GRACE_SECONDS if grace_seconds is None else grace_seconds

    def busy() -> str:
        return (
            "Another run, write-back, backfill, undo, lock or migration is at work "
            f"on this database{_holder(connection)}. Wait until it has ended and "
            "try again."
        )

    with advisory_lock(connection, WRITER_LOCK_KEY, busy, grace_seconds=grace):
        yield


@contextmanager
def open_writer(target: Target) -> Iterator[psycopg.Connection]:
    """Open an autocommit connection that holds the writer lock.

    Raises as :func:`writer_lock` does and
    :class:`~campaign_association.errors.CommandFailed` without a connection.
    """
    with target.connect(autocommit=True) as connection:
        prepare_session(connection)
        with writer_lock(connection):
            yield connection


def prepare_session(connection: psycopg.Connection) -> None:
    """Set what long-running statements of this project need in their session."""
    connection.execute("set jit = off")
    connection.execute("select set_config('lock_timeout', %s, false)", [LOCK_TIMEOUT])
    # where policies hide rows of the platform, an error and not fewer rows
    connection.execute("set row_security = off")
    # lets the server give up a batch, and the lock, when this process is killed;
    # not every platform a server runs on can watch its clients
    with suppress(psycopg.errors.InvalidParameterValue):
        connection.execute("set client_connection_check_interval = '1s'")


def _holder(connection: psycopg.Connection) -> str:
    """Return which server process holds the lock, where this can be seen."""
    row = connection.execute(
        """
        select locks.pid
        from pg_catalog.pg_locks as locks
        where locks.locktype = 'advisory'
            and locks.granted
            and locks.objsubid = 1
            and locks.database = (
                select databases.oid
                from pg_catalog.pg_database as databases
                where databases.datname = current_database()
            )
            and (locks.classid::bigint << 32) | locks.objid::bigint = %s
        """,
        [WRITER_LOCK_KEY],
    ).fetchone()
    return f" (server process {row[0]})" if row else ""
