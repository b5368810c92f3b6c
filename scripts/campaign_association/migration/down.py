"""Take migrations back: everything this project added, and nothing else."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import psycopg
from psycopg import errors, sql
from yoyo.migrations import Migration

from campaign_association.errors import CommandFailed, Refused, WrongUsage
from campaign_association.migration.backend import Backend, all_migrations, number_of
from campaign_association.migration.dependents import drop_relations, find_dependents
from campaign_association.migration.platform import (
    check_platform,
    check_same_platform,
)
from campaign_association.migration.refusals import refuse_loss
from campaign_association.migration.tables import has_ops_schema, tables_with_link
from campaign_association.migration.values import Values
from campaign_association.target import Target
from campaign_association.writer_lock import open_writer


@dataclass(frozen=True)
class Downgrade:
    """What ``migrate down`` did.

    ``names`` are the migrations taken back, newest first; ``dropped`` the views of
    dbt that had to go with them; ``kept`` the values left in columns that stay.
    """

    names: Sequence[str] = ()
    dropped: Sequence[str] = ()
    kept: Sequence[Values] = ()


def migrate_down(
    target: Target,
    *,
    to: str | None = None,
    discard_decisions: bool = False,
    discard_locks: bool = False,
    keep_values: bool = False,
    patience: float,
) -> Downgrade:
    """Take back the migrations after number ``to`` (None: all), all or nothing.

    ``discard_decisions`` allows people's decisions to be lost and ``discard_locks``
    closed books; ``keep_values`` leaves values of others in columns that were there
    before; ``patience`` is how many seconds to try for locks. Raises :class:`Refused`
    where something would be lost, :class:`WrongUsage` for an unknown number,
    :class:`CommandFailed` otherwise.
    """
    migrations = _chosen(to)
    with open_writer(target) as connection:
        if not migrations or not has_ops_schema(connection):
            return Downgrade()
        check_platform(connection, target)
        check_same_platform(connection, target)

        def check() -> list[Values]:
            return refuse_loss(
                connection,
                target,
                {number_of(migration.id) for migration in migrations},
                discard_decisions=discard_decisions,
                discard_locks=discard_locks,
                keep_values=keep_values,
            )

        # once before anybody has to wait for us, once more under the locks
        check()
        backend = Backend(connection, target, patience)
        backend.ensure_internal_schema_updated()
        try:
            return backend.retry(lambda: _take_back(backend, target, migrations, check))
        except (errors.LockNotAvailable, errors.DeadlockDetected) as error:
            raise CommandFailed(
                "Other transactions kept the locks that are needed "
                f"({str(error).splitlines()[0]}). Nothing was changed: run migrate "
                "down again when they are done."
            ) from error
        except errors.DependentObjectsStillExist as error:
            raise Refused(
                f"Something else builds on what would go: {str(error).strip()}\n"
                "Nothing was changed. Drop that first."
            ) from error


def _chosen(to: str | None) -> list[Migration]:
    """Return the migrations to take back, newest first."""
    known = list(all_migrations())
    numbers = [number_of(migration.id) for migration in known]
    if to is not None and to not in numbers:
        raise WrongUsage(
            f"--to: there is no migration {to!r}. Known ones: {', '.join(numbers)}."
        )
    return [
        migration
        for migration in reversed(known)
        if to is None or number_of(migration.id) > to
    ]


def _take_back(
    backend: Backend,
    target: Target,
    migrations: Sequence[Migration],
    check: Callable[[], list[Values]],
) -> Downgrade:
    """Do it in one transaction: a kill leaves everything as it was."""
    connection: psycopg.Connection = backend.connection
    with connection.transaction():
        for table in sorted(tables_with_link(connection, target)):
            connection.execute(
                sql.SQL("lock table {}").format(
                    sql.Identifier(target.platform_schema, table)
                )
            )
        values = check()
        dropped = find_dependents(
            connection, {number_of(migration.id) for migration in migrations}
        )
        drop_relations(connection, dropped)
        for migration in migrations:
            backend.roll_back(migration)
        if len(migrations) == len(all_migrations()):
            # yoyo's tables and what other verbs made there
            connection.execute("drop schema association_ops cascade")
        staying = tables_with_link(connection, target)
    return Downgrade(
        names=[migration.id for migration in migrations],
        dropped=[relation.name for relation in dropped],
        kept=[
            row
            for row in values
            if row.table.name in staying and row.ours + row.foreign
        ],
    )
