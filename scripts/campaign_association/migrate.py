"""The verb ``migrate``: add this project's columns and tables, or take them back."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

import click
import psycopg
from psycopg import errors
from rich.console import Console
from rich.table import Table
from yoyo.migrations import Migration

from campaign_association.errors import CommandFailed
from campaign_association.migration.backend import Backend, all_migrations
from campaign_association.migration.down import Downgrade, migrate_down
from campaign_association.migration.platform import (
    check_platform,
    check_same_platform,
    check_values,
)
from campaign_association.migration.states import migration_states, pending_migrations
from campaign_association.migration.tables import has_ops_schema
from campaign_association.options import connection_options, json_option
from campaign_association.target import Target
from campaign_association.write_runs import server_errors
from campaign_association.writer_lock import open_writer

PATIENCE = 60.0


@dataclass(frozen=True)
class Upgrade:
    """What ``migrate up`` did: names of migrations, oldest first, and remarks."""

    names: Sequence[str] = ()
    remarks: Sequence[str] = ()


def require_migrations(connection: psycopg.Connection, target: Target) -> None:
    """Raise :class:`CommandFailed` unless every migration has been applied."""
    pending = pending_migrations(connection, target)
    if pending:
        # where the platform is not in this schema at all, that is the news
        check_platform(connection, target)
        raise CommandFailed(
            f"The platform in schema {target.platform_schema!r} lacks migrations "
            f"{', '.join(pending)}. Run campaign-association migrate up."
        )


def migrate_up(target: Target, patience: float = PATIENCE) -> Upgrade:
    """Apply the migrations that are pending.

    ``patience`` is how many seconds to try for a lock on a platform table. Raises
    :class:`CommandFailed` or :class:`~campaign_association.errors.Refused`; what was
    done by then stays, and the next call goes on from there.
    """
    with open_writer(target) as connection:
        remarks: list[str] = []
        connection.add_notice_handler(
            lambda notice: (
                remarks.append(notice.message_primary)
                if notice.severity_nonlocalized == "WARNING"
                else None
            )
        )
        pending = pending_migrations(connection, target)
        if not pending:
            _grant_access(connection)
            return Upgrade((), remarks)
        check_platform(connection, target)
        check_same_platform(connection, target)
        check_values(connection, target)
        if not has_ops_schema(connection):
            connection.execute("create schema association_ops")
        backend = Backend(connection, target, patience)
        backend.ensure_internal_schema_updated()
        for migration in all_migrations():
            if migration.id in pending:
                _apply(backend, migration)
        _grant_access(connection)
        return Upgrade(pending, list(dict.fromkeys(remarks)))


def _apply(backend: Backend, migration: Migration) -> None:
    try:
        backend.apply_one(migration)
    except (errors.LockNotAvailable, errors.DeadlockDetected) as error:
        raise CommandFailed(
            f"{migration.id}: other transactions kept the lock it needs "
            f"({str(error).splitlines()[0]}). Run migrate up again when they are "
            "done: it goes on from here."
        ) from error
    except psycopg.Error as error:
        raise CommandFailed(
            f"{migration.id}: {str(error).strip()}\n"
            "Mend that and run migrate up again: it goes on from here."
        ) from error


def _grant_access(connection: psycopg.Connection) -> None:
    """Grant what could not be granted before: roles and tables may be new."""
    may = connection.execute(
        "select has_function_privilege('association_ops.grant_access()', 'execute')"
    ).fetchone()
    if may and may[0]:
        with server_errors():
            connection.execute("call association_ops.grant_access()")


lock_wait_option = click.option(
    "--lock-wait",
    type=click.FloatRange(min=0),
    default=PATIENCE,
    show_default=True,
    metavar="SECONDS",
    help="How long to try for a lock on a busy table.",
)


@click.group()
def migrate() -> None:
    """Add or take back this project's columns."""


@migrate.command()
@connection_options
@lock_wait_option
@json_option
def up(target: Target, lock_wait: float, as_json: bool) -> None:
    """Apply the migrations that are pending."""
    upgrade = migrate_up(target, lock_wait)
    if as_json:
        click.echo(json.dumps({"applied": upgrade.names, "remarks": upgrade.remarks}))
        return
    for name in upgrade.names:
        click.echo(f"applied {name}")
    for remark in upgrade.remarks:
        click.echo(f"note: {remark}", err=True)
    if not upgrade.names:
        click.echo("nothing to do")


@migrate.command()
@connection_options
@click.option(
    "--to", metavar="NUMBER", help="Keep this migration and the ones before it."
)
@click.option(
    "--discard-decisions",
    is_flag=True,
    help="Go on although people's review decisions are lost.",
)
@click.option(
    "--discard-locks", is_flag=True, help="Go on although closed books are opened."
)
@click.option(
    "--keep-values",
    is_flag=True,
    help="Leave values of others in columns that were there before.",
)
@lock_wait_option
@json_option
def down(
    target: Target,
    to: str | None,
    discard_decisions: bool,
    discard_locks: bool,
    keep_values: bool,
    lock_wait: float,
    as_json: bool,
) -> None:
    """Take migrations back, newest first; all of them, or none if one cannot go."""
    downgrade = migrate_down(
        target,
        to=to,
        discard_decisions=discard_decisions,
        discard_locks=discard_locks,
        keep_values=keep_values,
        patience=lock_wait,
    )
    if as_json:
        click.echo(json.dumps(_as_json(downgrade)))
        return
    for name in downgrade.names:
        click.echo(f"took back {name}")
    if downgrade.dropped:
        click.echo(
            f"dropped {len(downgrade.dropped)} views of dbt that read them; dbt build "
            "makes them again"
        )
    for row in downgrade.kept:
        click.echo(
            f"{target.platform_schema}.{row.table.name}.program_instance_id stays, "
            f"with {row.ours + row.foreign} values"
        )
    if not downgrade.names:
        click.echo("nothing to do")


def _as_json(downgrade: Downgrade) -> dict[str, object]:
    return {
        "taken_back": downgrade.names,
        "dropped": downgrade.dropped,
        "kept": {row.table.name: row.ours + row.foreign for row in downgrade.kept},
    }


@migrate.command()
@connection_options
@json_option
def status(target: Target, as_json: bool) -> None:
    """Show which migrations have been applied, and when."""
    with target.connect(autocommit=True) as connection:
        states = migration_states(connection, target)
    if as_json:
        rows = [
            {
                "number": state.number,
                "name": state.name,
                "applied_at": state.applied_at and state.applied_at.isoformat(),
            }
            for state in states
        ]
        click.echo(json.dumps({"migrations": rows}))
        return
    table = Table("migration", "applied")
    for state in states:
        when = state.applied_at
        table.add_row(
            state.name, f"{when:%Y-%m-%d %H:%M:%S} UTC" if when else "pending"
        )
    Console().print(table)
