"""The runs that write, as association_ops.write_back_runs records them."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import psycopg
from psycopg import sql
from psycopg.pq import TransactionStatus

from campaign_association.errors import CommandFailed
from campaign_association.roles import WRITER, acting_as
from campaign_association.target import Target


def start_run(connection: psycopg.Connection, kind: str, **columns: Any) -> int:
    """Record a run that starts now and return its ``run_id``.

    ``columns`` are further columns of ``association_ops.write_back_runs``.
    """
    values = {"kind": kind, **columns}
    query = sql.SQL(
        "insert into association_ops.write_back_runs ({names})"
        " values ({values}) returning run_id"
    ).format(
        names=sql.SQL(", ").join(map(sql.Identifier, values)),
        values=sql.SQL(", ").join(map(sql.Placeholder, values)),
    )
    row = connection.execute(query, values).fetchone()
    assert row is not None
    return row[0]


def close_run(connection: psycopg.Connection, run_id: int, status: str) -> None:
    """Record how a run ended: ``done``, ``failed`` or ``interrupted``."""
    connection.execute(
        """
        update association_ops.write_back_runs
        set status = %s, finished_at = clock_timestamp()
        where run_id = %s
        """,
        [status, run_id],
    )


def close_dead_runs(connection: psycopg.Connection) -> None:
    """Mark runs of killed writers; call it with the writer lock held.

    Whoever holds the lock is the only writer, so a run that still says ``running``
    has lost its own.
    """
    connection.execute(
        """
        update association_ops.write_back_runs
        set status = 'interrupted', finished_at = clock_timestamp()
        where status = 'running' and kind <> 'ingest'
        """
    )


def close_broken_run(
    connection: psycopg.Connection, target: Target, run_id: int, status: str
) -> None:
    """Record how a run ended, as far as the server still allows.

    Over a connection of its own where ``connection``, which is closed then, is still
    at work for all that psycopg knows: Ctrl-C may come between a statement and its
    answer.
    """
    # without a server the next writer closes the run
    with suppress(psycopg.Error, CommandFailed):
        if connection.info.transaction_status is TransactionStatus.ACTIVE:
            connection.close()
            with (
                target.connect(autocommit=True, connect_timeout=5) as another,
                acting_as(another, WRITER),
            ):
                close_run(another, run_id, status)
            return
        try:
            close_run(connection, run_id, status)
        except psycopg.errors.QueryCanceled:
            # Ctrl-C cancels what the server is at: where that had ended, it meets this
            close_run(connection, run_id, status)


@contextmanager
def server_errors() -> Iterator[None]:
    """Turn errors of the server into :class:`CommandFailed`."""
    try:
        yield
    except psycopg.errors.LockNotAvailable as error:
        raise CommandFailed(
            "Another session keeps a table locked, such as a dbt build. Try again "
            "when it has ended."
        ) from error
    except psycopg.errors.InsufficientPrivilege as error:
        raise CommandFailed(
            f"The database role may not do this: {primary_message(error)}. `migrate "
            "up` and a dbt build grant the roles of this project what they need."
        ) from error
    except psycopg.Error as error:
        raise CommandFailed(
            f"The server reported: {primary_message(error)}."
        ) from error


def primary_message(error: psycopg.Error) -> str:
    """Return the message without its detail, which may hold values of rows."""
    text = error.diag.message_primary or str(error).partition("\n")[0]
    return text.strip().rstrip(".")
