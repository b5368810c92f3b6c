"""Applies the SQL files of scripts/migrations, with yoyo as the book-keeper."""

import glob
import os
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, TypeVar

import psycopg
from psycopg import errors, sql
from tenacity import Retrying, retry_if_exception_type, stop_after_delay, wait_random
from yoyo import read_migrations
from yoyo.backends.core.postgresql import PostgresqlPsycopgBackend
from yoyo.connections import DatabaseURI
from yoyo.migrations import (
    Migration,
    MigrationList,
    default_migration_table,
    read_sql_migration,
)

from campaign_association.settings import OPS_SCHEMA, PROJECT_DIR
from campaign_association.target import Target

MIGRATIONS_DIR = PROJECT_DIR / "scripts" / "migrations"
# longer than the server's deadlock_timeout, so that an autovacuum gives way
LOCK_TIMEOUT = "2s"

Result = TypeVar("Result")


def all_migrations() -> MigrationList:
    """Return the migrations of this project, oldest first."""
    return read_migrations(glob.escape(str(MIGRATIONS_DIR)))


def number_of(name: str) -> str:
    """Return the number in front of a migration's name, such as 0049."""
    return name.split("_", 1)[0]


class Backend(PostgresqlPsycopgBackend):
    """A yoyo backend on ``connection``, a psycopg connection in autocommit mode.

    Names in migration files without a schema mean the platform's tables; yoyo's own
    tables live in the ops schema. A statement that cannot get its lock is tried again
    for ``patience`` seconds, then psycopg's error is raised.
    """

    def __init__(
        self, connection: psycopg.Connection, target: Target, patience: float
    ) -> None:
        self._given = connection
        self._target = target
        self._patience = patience
        place = DatabaseURI(
            "postgresql+psycopg", None, None, None, None, connection.info.dbname, {}
        )
        super().__init__(place, default_migration_table)

    def connect(self, dburi: DatabaseURI) -> psycopg.Connection:
        """Return the connection it was given."""
        return self._given

    def init_connection(self, connection: psycopg.Connection) -> None:
        """Make short waits for locks, long statements and our schemas the rule."""
        # pg_temp last: a temporary table must not stand in for a platform table
        connection.execute(
            sql.SQL("set search_path to {}, {}, pg_temp").format(
                sql.Identifier(OPS_SCHEMA), sql.Identifier(self._target.platform_schema)
            )
        )
        connection.execute(
            sql.SQL("set lock_timeout = {}").format(sql.Literal(LOCK_TIMEOUT))
        )
        connection.execute("set statement_timeout = 0")

    @contextmanager
    def lock(self, timeout: float = 10) -> Iterator[None]:
        """Do nothing: whoever uses this backend holds an advisory lock instead."""
        yield

    def get_log_data(
        self, migration: Migration | None = None, operation: str = "apply"
    ) -> dict[str, Any]:
        """Return a row for yoyo's log; neither network nor account has a say in it."""
        return {
            "id": str(uuid.uuid4()),
            "migration_id": migration.id if migration else None,
            "migration_hash": migration.hash if migration else None,
            "username": self.connection.info.user,
            "hostname": os.uname().nodename,
            "created_at_utc": datetime.now(UTC).replace(tzinfo=None),
            "operation": operation,
        }

    def apply_one(
        self, migration: Migration, force: bool = False, mark: bool = True
    ) -> None:
        """Run a migration's file and note it as applied."""
        directives, _, statements = read_sql_migration(migration.path)
        self.init_connection(self.connection)
        if directives.get("transactional") == "false":
            for statement in statements:
                self.retry(lambda statement=statement: self.run(statement))
            with self.connection.transaction():
                self._note_applied(migration)
        else:
            self.retry(lambda: self._apply_at_once(migration, statements))

    def roll_back(self, migration: Migration) -> None:
        """Run a migration's rollback file inside the caller's transaction.

        Also where it was applied in part, or not at all: then that does nothing.
        """
        path = migration.path.removesuffix(".sql") + ".rollback.sql"
        _, _, statements = read_sql_migration(path)
        for statement in statements:
            self.run(statement)
        self.unmark_one(migration, log=False)
        self.log_migration(migration, "rollback")

    def run(self, statement: str) -> None:
        """Run one statement; rows of a query are statements to run, as psql's gexec.

        Building an index concurrently is allowed neither in a transaction nor in a
        block, so a file cannot decide by itself whether to do it.
        """
        cursor = self.connection.execute(sql.SQL(statement))
        if cursor.description:
            for (generated,) in cursor.fetchall():
                self.connection.execute(sql.SQL(generated))

    def retry(self, work: Callable[[], Result]) -> Result:
        """Return what ``work`` returns; call it again while others hold its locks."""
        attempts = Retrying(
            retry=retry_if_exception_type(
                (errors.LockNotAvailable, errors.DeadlockDetected)
            ),
            stop=stop_after_delay(self._patience),
            wait=wait_random(0.2, 1.0),
            reraise=True,
        )
        return attempts(work)

    def _apply_at_once(self, migration: Migration, statements: list[str]) -> None:
        with self.connection.transaction():
            for statement in statements:
                self.run(statement)
            self._note_applied(migration)

    def _note_applied(self, migration: Migration) -> None:
        # unmark first: it was applied, and its column is gone since
        self.unmark_one(migration, log=False)
        self.mark_one(migration, log=False)
        self.log_migration(migration, "apply")
