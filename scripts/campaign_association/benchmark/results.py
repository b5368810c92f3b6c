"""What a competitor came to, as a table beside the models' campaign_associations."""

from collections.abc import Sequence

import psycopg
from psycopg import sql

from campaign_association.errors import CommandFailed
from campaign_association.target import Target

KEY = ("activity_type", "activity_id")
# what a writer needs
ESSENTIALS = ("campaign_id", "program_instance_id", "decision", "confidence")
# of the run, and not of the activity
BOOKKEEPING = ("rules_version", "associated_at")


def create_results(connection: psycopg.Connection, table: sql.Identifier) -> None:
    """Create an empty ``table`` with a key and what is essential."""
    connection.execute(
        sql.SQL(
            """
            create table {} (
                activity_type text,
                activity_id uuid,
                campaign_id uuid,
                program_instance_id uuid,
                decision text,
                confidence integer
            )
            """
        ).format(table)
    )


def all_columns(connection: psycopg.Connection, target: Target) -> list[str]:
    """Return what the models' associations say of an activity."""
    cursor = connection.execute(
        sql.SQL("select * from {} limit 0").format(_associations(target))
    )
    return [
        column.name
        for column in cursor.description or ()
        if column.name not in (*KEY, *BOOKKEEPING)
    ]


def compare(
    connection: psycopg.Connection,
    target: Target,
    way: str,
    table: sql.Identifier,
    columns: Sequence[str],
    *,
    is_sample: bool = False,
) -> None:
    """Raise where a way's associations are not those of the models in ``columns``.

    A sample need not have all activities.
    """
    row = connection.execute(
        sql.SQL(
            """
            select count(*)
            from (select {key}, {columns} from {models}) as ours
            {join} join (select {key}, {columns} from {table}) as theirs using ({key})
            where to_jsonb(ours) is distinct from to_jsonb(theirs)
            """
        ).format(
            key=_identifiers(KEY),
            columns=_identifiers(columns),
            models=_associations(target),
            join=sql.SQL("right" if is_sample else "full"),
            table=table,
        )
    ).fetchone()
    if row and row[0]:
        raise CommandFailed(
            f"{row[0]:,} associations of the {way} are not those of the models, so "
            "times are not compared. It knows the default rules only: are there others "
            "in dbt_project.yml or seeds/scoring_rules.csv?"
        )


def _associations(target: Target) -> sql.Identifier:
    return sql.Identifier(target.schema, "campaign_associations")


def _identifiers(names: Sequence[str]) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.Identifier, names))
