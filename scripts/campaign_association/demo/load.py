"""One load of the platform's tables: what is done in which order, and its undoing."""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import as_completed
from contextlib import contextmanager
from functools import partial
from typing import Any

import psycopg
from psycopg.sql import SQL, Identifier

from campaign_association.demo.bulk_load import (
    Connection,
    side_by_side,
    without_keys,
)
from campaign_association.demo.helpers import create_helpers
from campaign_association.demo.platform import (
    drop_marked_schema,
    make_schema,
    read_script,
    search_path,
)
from campaign_association.errors import CommandFailed

MOST_CONNECTIONS = 4
# the comment on the schemas made here
MARK = "Made up by campaign-association"

# Scripts and the tables they fill, in one transaction each: no foreign key leads from
# one to another. The longest come first, so that the others fit in beside them.
PEOPLE = (
    ("write_users", "write_memberships", "write_enrolments", "write_organisations"),
    (
        "users",
        "company_users",
        "program_enrollments",
        "companies",
        "beneficiary_groups",
        "program_templates",
        "campaigns",
        "program_instances",
    ),
)
SESSIONS = (("write_sessions",), ("kintell_sessions",))
MATCHES = (
    ("write_matches", "write_outcomes"),
    (
        "buddy_matches",
        "buddy_feedback",
        "buddy_checkins",
        "outcome_scores",
        "evidence_snippets",
    ),
)
COMPLETIONS = (("write_completions",), ("learning_progress",))
TABLES = [
    table for _, tables in (PEOPLE, SESSIONS, MATCHES, COMPLETIONS) for table in tables
]
# three scripts of drawing, then five jobs
STEPS = 9

Progress = Callable[[str, int, int], None]
RunScript = Callable[[str], None]


class Load:
    """Fills the empty tables of one schema; the truth goes to a schema of its own."""

    def __init__(
        self,
        connection: Connection,
        platform: str,
        truth: str,
        parameters: dict[str, Any],
        progress: Progress,
    ) -> None:
        self.connection = connection
        self.platform = platform
        self.truth = truth
        self.scratch = f"{platform}_scratch"
        self.parameters = parameters
        self.progress = progress
        self.steps_done = 0

    def draw(self) -> None:
        """Draw campaigns and people into scratch tables. One transaction."""
        with self._scripts(self.connection, self.platform):
            self._require_empty()
            for name in (self.scratch, self.truth):
                drop_marked_schema(self.connection, name, MARK)
                make_schema(self.connection, name, MARK)
            with self._scripts(self.connection, self.scratch) as run:
                # rough statistics do for the scratch tables
                self.connection.execute("set local default_statistics_target to 10")
                self._report("Drawing campaigns")
                create_helpers(self.connection, self.parameters["seed"])
                run("generate_functions")
                run("generate_catalogue")
                run("generate_campaigns")
                self._report("Drawing people")
                run("generate_people")
                run("generate_participations")

    def fill(self) -> dict[str, int]:
        """Draw the activities and fill all tables; return the rows of each."""
        counts: dict[str, int] = {}
        number = max(2, min(os.cpu_count() or 2, MOST_CONNECTIONS))
        with side_by_side(self.connection, number) as submit:
            jobs = [submit(partial(self._fill, *PEOPLE))]
            self._report("Drawing activities")
            with self._scripts(self.connection, self.scratch) as run:
                run("generate_activities")
            jobs += [
                submit(partial(self._fill, *SESSIONS)),
                submit(partial(self._fill, *MATCHES)),
                submit(self._write_truth),
                submit(partial(self._fill, *COMPLETIONS)),
            ]
            self._report("Writing tables, indexes and statistics")
            for job in as_completed(jobs):
                counts |= job.result()
                self._report("Writing tables, indexes and statistics")
        with self.connection.transaction():
            drop_marked_schema(self.connection, self.scratch, MARK)
        return counts

    def undo(self) -> None:
        """Empty the tables and drop what was made beside them."""
        with self.connection.transaction():
            for name in (self.scratch, self.truth):
                drop_marked_schema(self.connection, name, MARK)
            names = (Identifier(self.platform, table) for table in TABLES)
            self.connection.execute(SQL("truncate {}").format(SQL(", ").join(names)))

    def _require_empty(self) -> None:
        filled = self.connection.execute(
            "select exists (select from companies) or exists (select from users)"
        ).fetchone()
        if filled != (False,):
            raise CommandFailed(
                f"Schema {self.platform!r} holds data already; the demo's data go into "
                "the empty tables of a schema of their own."
            )

    def _fill(
        self, scripts: tuple[str, ...], tables: tuple[str, ...], connection: Connection
    ) -> dict[str, int]:
        with self._scripts(connection, self.scratch) as run:
            with without_keys(connection, self.platform, tables):
                for script in scripts:
                    run(script)
            return _analyze(connection, self.platform, tables)

    def _write_truth(self, connection: Connection) -> dict[str, int]:
        with self._scripts(connection, self.truth) as run:
            run("write_truth")
            return _analyze(connection, self.truth, ("activity_truth",))

    @contextmanager
    def _scripts(self, connection: Connection, into: str) -> Iterator[RunScript]:
        """Run scripts in one transaction; what they create goes into a schema."""
        schemas = dict.fromkeys([into, self.scratch, self.platform])
        with (
            connection.transaction(),
            search_path(connection, *schemas),
            psycopg.ClientCursor(connection) as cursor,
        ):
            cursor.execute("set local timezone to 'UTC'; set local jit to off")
            yield lambda name: cursor.execute(read_script(name), self.parameters)

    def _report(self, step: str) -> None:
        self.progress(step, self.steps_done, STEPS - 1)
        self.steps_done += 1


def _analyze(
    connection: Connection, schema: str, tables: tuple[str, ...]
) -> dict[str, int]:
    """Gather the planner's statistics; return the number of rows of each table."""
    counts = {}
    for table in tables:
        name = Identifier(schema, table)
        connection.execute(SQL("analyze {}").format(name))
        query = SQL("select count(*) from {}").format(name)
        counts[table] = connection.execute(query).fetchone()[0]
    return counts
