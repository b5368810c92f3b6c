"""Where the pages read: a small pool of connections with the rights of a reviewer."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from queue import Empty, LifoQueue
from typing import Any, LiteralString

import psycopg
from psycopg import sql
from psycopg.rows import dict_row

from campaign_association.roles import REVIEWER, may_act_as
from campaign_association.target import Target
from campaign_association.write_runs import server_errors

Row = dict[str, Any]
Query = sql.Composable | LiteralString
Parameters = Mapping[str, Any] | Sequence[Any] | None


class Source:
    """The target's models, read as ``association_reviewer``.

    Every browser session has threads of its own, so connections are lent, not shared.
    """

    def __init__(self, target: Target) -> None:
        self.target = target
        self._idle: LifoQueue[psycopg.Connection] = LifoQueue()

    @property
    def schema(self) -> str:
        """The schema of the public models."""
        return self.target.schema

    @property
    def internal_schema(self) -> str:
        """The schema of staging and intermediate models."""
        return self.target.internal_schema

    def public(self, relation: str) -> sql.Identifier:
        """Return a public model's name for ``sql.SQL(...).format``."""
        return sql.Identifier(self.schema, relation)

    def internal(self, relation: str) -> sql.Identifier:
        """Return the name of a staging or intermediate model."""
        return sql.Identifier(self.internal_schema, relation)

    def rows(self, query: Query, params: Parameters = None) -> list[Row]:
        """Return a query's rows; :class:`CommandFailed` says what the server said."""
        with self.connection() as connection:
            cursor = connection.cursor(row_factory=dict_row)
            return cursor.execute(query, params).fetchall()

    @contextmanager
    def connection(self) -> Iterator[psycopg.Connection]:
        """Lend an autocommit connection for the time of the block."""
        with server_errors():
            connection = self._take()
            try:
                yield connection
            finally:
                self._give_back(connection)

    def close(self) -> None:
        """Close what nobody uses."""
        with suppress(Empty):
            while True:
                self._idle.get_nowait().close()

    def _take(self) -> psycopg.Connection:
        """Return an idle connection that still lives, else a new one."""
        with suppress(Empty):
            while True:
                connection = self._idle.get_nowait()
                with suppress(psycopg.OperationalError):
                    # the server may have restarted since
                    connection.execute("")
                    return connection
        connection = self.target.connect(autocommit=True)
        if may_act_as(connection, REVIEWER):
            role = sql.Identifier(REVIEWER)
            connection.execute(sql.SQL("set role {}").format(role))
        # who waits longer for a lock keeps a person waiting
        connection.execute("set lock_timeout = '5s'")
        connection.execute("set jit = off")
        return connection

    def _give_back(self, connection: psycopg.Connection) -> None:
        if connection.closed:
            return
        if connection.info.transaction_status is psycopg.pq.TransactionStatus.IDLE:
            self._idle.put(connection)
        else:
            connection.close()
