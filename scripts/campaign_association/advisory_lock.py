"""PostgreSQL's advisory locks: one session at a time, gone when its client dies."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import psycopg

from campaign_association.errors import Refused

POLL_SECONDS = 0.2


@contextmanager
def advisory_lock(
    connection: psycopg.Connection,
    key: int,
    busy: Callable[[], str],
    *,
    grace_seconds: float = 0.0,
) -> Iterator[None]:
    """Hold the lock ``key`` of this database while the block runs.

    It belongs to the session of ``connection``, which may take it again inside the
    block. Raises :class:`Refused`, with what ``busy`` says, when another session still
    holds it after ``grace_seconds``.
    """
    deadline = time.monotonic() + grace_seconds
    while not _try_lock(connection, key):
        if time.monotonic() >= deadline:
            raise Refused(busy())
        time.sleep(POLL_SECONDS)
    try:
        yield
    finally:
        # a broken connection has released the lock already
        with suppress(psycopg.Error):
            connection.execute("select pg_advisory_unlock(%s)", [key])


def _try_lock(connection: psycopg.Connection, key: int) -> bool:
    row = connection.execute("select pg_try_advisory_lock(%s)", [key]).fetchone()
    return bool(row and row[0])
