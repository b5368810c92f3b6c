"""The trigger functions: compiled by dbt, put in place by PostgreSQL."""

import hashlib
from dataclasses import dataclass

import psycopg
from psycopg import sql

from campaign_association import dbt
from campaign_association.migration.tables import ACTIVITY_TABLES
from campaign_association.target import Target

ROLE = "association_ingest"
FUNCTIONS = tuple(f"ingest_{activity_type}" for activity_type in ACTIVITY_TABLES)


@dataclass(frozen=True)
class IngestSql:
    """The statements that make up ingestion; ``functions`` by name."""

    functions: dict[str, str]
    grants: str
    triggers: str

    @property
    def functions_hash(self) -> str:
        """Tells whether functions are the same, to the letter."""
        return hashlib.sha256("\n".join(self.functions.values()).encode()).hexdigest()


def compile_ingest(target: Target) -> IngestSql:
    """Return the SQL of ingestion for the points of the last run.

    Raises as :func:`campaign_association.dbt.compile_analyses` does.
    """
    names = [*FUNCTIONS, "ingest_grants", "ingest_triggers"]
    compiled = dbt.compile_analyses(target, "ingest", names)
    return IngestSql(
        functions={name: compiled[name].strip() for name in FUNCTIONS},
        grants=compiled["ingest_grants"],
        triggers=compiled["ingest_triggers"],
    )


def replace_functions(connection: psycopg.Connection, ingest: IngestSql) -> None:
    """Make the functions, or make them anew; nobody may call them but triggers.

    Call it in a transaction, by a member of the role that will own them.
    """
    role = sql.Identifier(ROLE)
    # whoever owns a function must be allowed to make one there: for a moment
    connection.execute(
        sql.SQL("grant create on schema association_ops to {}").format(role)
    )
    for name, text in ingest.functions.items():
        function = sql.Identifier("association_ops", name)
        connection.execute(text.encode())
        connection.execute(
            sql.SQL("revoke execute on function {}() from public").format(function)
        )
        connection.execute(
            sql.SQL("alter function {}() owner to {}").format(function, role)
        )
    connection.execute(
        sql.SQL("revoke create on schema association_ops from {}").format(role)
    )


def drop_functions(connection: psycopg.Connection) -> None:
    """Drop the functions and the triggers that call them."""
    for name in FUNCTIONS:
        connection.execute(
            sql.SQL("drop function if exists {}() cascade").format(
                sql.Identifier("association_ops", name)
            )
        )
