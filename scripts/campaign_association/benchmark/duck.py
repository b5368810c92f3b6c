"""DuckDB in this process, as a competitor: load tables, associate, bring back.

Its extension for PostgreSQL has to be downloaded from the internet; COPY to CSV files
is what works everywhere, and DuckDB reads them with all cores.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psycopg
from psycopg import sql

from campaign_association.benchmark.playground import AS_OF
from campaign_association.benchmark.results import create_results
from campaign_association.errors import CommandFailed

# what the rules read, and its type in DuckDB; an expression is SQL of PostgreSQL
TABLES: dict[str, dict[str, str]] = {
    "users": {"id": "uuid", "tags": "json"},
    "company_users": {"company_id": "uuid", "user_id": "uuid"},
    "beneficiary_groups": {"id": "uuid", "tags": "json"},
    "program_templates": {"id": "uuid", "program_type": "varchar"},
    "campaigns": {
        "id": "uuid",
        "company_id": "uuid",
        "program_template_id": "uuid",
        "beneficiary_group_id": "uuid",
        "start_date": "date",
        "end_date": "date",
        "status": "varchar",
        "is_active": "boolean",
    },
    "program_instances": {
        "id": "uuid",
        "campaign_id": "uuid",
        "start_date": "date",
        "end_date": "date",
        "status": "varchar",
        "created_at": "timestamp",
    },
    "program_enrollments": {
        "user_id": "uuid",
        "program_instance_id": "uuid",
        "status": "varchar",
    },
    "kintell_sessions": {
        "id": "uuid",
        "session_type": "varchar",
        "participant_id": "uuid",
        "volunteer_id": "uuid",
        "scheduled_at": "timestamp",
        "completed_at": "timestamp",
    },
    "buddy_matches": {
        "id": "uuid",
        "participant_id": "uuid",
        "buddy_id": "uuid",
        "matched_at": "timestamp",
    },
    "learning_progress": {
        "id": "uuid",
        "user_id": "uuid",
        "status": "varchar",
        "completed_at": "timestamp",
        "skill_tags": "json",
    },
}
EXPRESSIONS = {"skill_tags": sql.SQL("metadata -> 'skill_tags'")}


@contextmanager
def open_duckdb() -> Iterator[Any]:
    """Yield a DuckDB in memory. Raises :class:`CommandFailed` where it is missing."""
    try:
        import duckdb
    except ImportError as error:
        raise missing_package("duckdb") from error
    with duckdb.connect() as duck:
        yield duck


def missing_package(name: str) -> CommandFailed:
    """Return the error for a package of the optional group ``benchmark``."""
    return CommandFailed(
        f"The benchmark needs {name}, which is not installed. `make setup` installs "
        "it; elsewhere: pip install --group benchmark, in the project's folder."
    )


def load(duck: Any, connection: psycopg.Connection, schema: str) -> None:
    """Load what the rules read of the platform's tables in ``schema``."""
    with TemporaryDirectory(prefix="campaign-association-") as folder:
        for table, columns in TABLES.items():
            path = Path(folder, f"{table}.csv")
            _copy_out(connection, sql.Identifier(schema, table), columns, path)
            duck.execute(
                f"create table {table} as"  # noqa: S608
                " select * from read_csv($path, header = false, columns = $columns)",
                {"path": str(path), "columns": columns},
            )
            path.unlink()


def associate(duck: Any) -> None:
    """Associate what is loaded, into the table ``associated``."""
    script = files(__package__).joinpath("duckdb.sql").read_text(encoding="utf-8")
    duck.execute(script, {"as_of": AS_OF})


def bring_back(
    duck: Any, connection: psycopg.Connection, table: sql.Identifier
) -> None:
    """Copy what DuckDB associated into a new ``table`` of the server."""
    create_results(connection, table)
    statement = sql.SQL("copy {} from stdin (format csv)").format(table)
    with TemporaryDirectory(prefix="campaign-association-") as folder:
        path = Path(folder, "associated.csv")
        duck.execute(
            "copy associated to $path (format csv, header false)", {"path": str(path)}
        )
        with path.open("rb") as lines, connection.cursor().copy(statement) as copy:
            while block := lines.read(2**20):
                copy.write(block)


def _copy_out(
    connection: psycopg.Connection,
    table: sql.Identifier,
    columns: dict[str, str],
    path: Path,
) -> None:
    chosen = sql.SQL(", ").join(
        EXPRESSIONS.get(name, sql.Identifier(name)) for name in columns
    )
    statement = sql.SQL("copy (select {} from {}) to stdout (format csv)").format(
        chosen, table
    )
    with path.open("wb") as lines, connection.cursor().copy(statement) as copy:
        for block in copy:
            lines.write(block)
