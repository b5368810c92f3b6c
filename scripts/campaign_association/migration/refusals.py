"""Why ``migrate down`` declines: somebody would lose something."""

from collections.abc import Collection, Sequence

import psycopg
from psycopg import sql

from campaign_association.errors import Refused
from campaign_association.migration.dependents import find_dependents
from campaign_association.migration.values import Values, count_values
from campaign_association.settings import OPS_SCHEMA
from campaign_association.target import Target

# the migration that holds the log and people's decisions
OPS_MIGRATION = "0052"
BOOKS_MIGRATION = "0054"
# the migration that holds what the triggers look up
INGEST_MIGRATION = "0056"


def refuse_loss(
    connection: psycopg.Connection,
    target: Target,
    numbers: Collection[str],
    *,
    discard_decisions: bool,
    discard_locks: bool,
    keep_values: bool,
) -> list[Values]:
    """Return the values there are, if taking back the migrations loses nothing.

    ``numbers`` are those of the migrations; the options are those of
    :func:`.down.migrate_down`. Raises :class:`Refused`.
    """
    values = count_values(connection, target)
    _refuse_foreign_values(values, target, numbers, keep_values)
    _refuse_dependents(connection, target, numbers)
    if BOOKS_MIGRATION in numbers and not discard_locks:
        _refuse_locks(connection)
    if INGEST_MIGRATION in numbers:
        _refuse_triggers(connection)
    if OPS_MIGRATION in numbers:
        _refuse_orphans(values, numbers)
        if not discard_decisions:
            _refuse_decisions(connection)
    return values


def _refuse_foreign_values(
    values: Sequence[Values], target: Target, numbers: Collection[str], keep: bool
) -> None:
    lost = [
        row
        for row in values
        if row.foreign and row.table.migration in numbers and (row.is_added or not keep)
    ]
    if not lost:
        return
    counts = "\n".join(
        f"- {target.platform_schema}.{row.table.name}: {row.foreign} of "
        f"{row.foreign + row.ours} values"
        for row in lost
    )
    advice = "Set them to NULL if they may go, or keep the migrations."
    if not any(row.is_added for row in lost):
        advice = (
            "The columns were there before migrate up and would stay. To leave the "
            "values in them, use --keep-values."
        )
    raise Refused(
        "program_instance_id holds values that this project did not write:\n"
        f"{counts}\n{advice}"
    )


def _refuse_orphans(values: Sequence[Values], numbers: Collection[str]) -> None:
    """Refuse to drop the log where the columns it is about are to stay."""
    staying = [
        row.table.name
        for row in values
        if row.ours and row.table.migration not in numbers
    ]
    if staying:
        raise Refused(
            f"Migration {OPS_MIGRATION} holds the log of the values written to "
            f"{', '.join(staying)}; without it they would look like somebody else's. "
            "Undo those runs first, or leave out --to."
        )


def _refuse_decisions(connection: psycopg.Connection) -> None:
    decisions = _count(connection, "review_decisions")
    if decisions:
        raise Refused(
            f"People's decisions would be lost: {decisions} in "
            "association_ops.review_decisions. Save them if they matter, then use "
            "--discard-decisions."
        )


def _refuse_locks(connection: psycopg.Connection) -> None:
    locked = _count(connection, "locked_associations")
    if locked:
        raise Refused(
            f"Closed books would be lost: {locked} associations in "
            "association_ops.locked_associations. Run campaign-association unlock "
            "first, or use --discard-locks."
        )


def _count(connection: psycopg.Connection, table: str) -> int:
    """Count the rows of a table of the ops schema that may not be there yet."""
    found = connection.execute(
        "select to_regclass(%s) is not null", [f"{OPS_SCHEMA}.{table}"]
    ).fetchone()
    if not (found and found[0]):
        return 0
    row = connection.execute(
        sql.SQL("select count(*) from {}").format(sql.Identifier(OPS_SCHEMA, table))
    ).fetchone()
    return row[0] if row else 0


def _refuse_triggers(connection: psycopg.Connection) -> None:
    rows = connection.execute(
        """
        select distinct pg_trigger.tgrelid::regclass::text
        from pg_trigger
        inner join pg_proc on pg_trigger.tgfoid = pg_proc.oid
        inner join pg_class on pg_trigger.tgrelid = pg_class.oid
        where pg_proc.pronamespace = to_regnamespace(%(ops)s)
            and pg_class.relnamespace <> pg_proc.pronamespace
        order by 1
        """,
        {"ops": OPS_SCHEMA},
    ).fetchall()
    if rows:
        raise Refused(
            "Triggers of this project are on "
            f"{', '.join(name for (name,) in rows)}. Run campaign-association ingest "
            "uninstall first."
        )


def _refuse_dependents(
    connection: psycopg.Connection, target: Target, numbers: Collection[str]
) -> None:
    own = {target.schema, target.internal_schema, OPS_SCHEMA}
    others = [
        relation.name
        for relation in find_dependents(connection, numbers)
        if relation.schema not in own
    ]
    if others:
        raise Refused(
            f"Other views read what would go: {', '.join(others)}. Drop them first; "
            "those of another dbt target go with --target."
        )
