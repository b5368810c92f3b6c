"""What must hold before anything is written back; otherwise it is refused."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from math import ceil
from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import class_row

from campaign_association.errors import CommandFailed, Refused
from campaign_association.settings import OPS_SCHEMA
from campaign_association.target import Target

OPS_TABLES = (
    "dbt_runs",
    "write_back_runs",
    "write_back_log",
    "review_decisions",
    "book_closings",
    "locked_associations",
)
BUILD_AGAIN = "Run `dbt build` (or `campaign-association run`) and try again."


@dataclass(frozen=True)
class Build:
    """The newest dbt invocation that built the associations."""

    invocation_id: str
    command: str
    as_of_date: date
    status: str


def require_ops(connection: psycopg.Connection) -> None:
    """Raise :class:`CommandFailed` where the tables of runs and logs are missing."""
    for name in OPS_TABLES:
        if not relation_exists(connection, OPS_SCHEMA, name):
            raise CommandFailed(
                f"{OPS_SCHEMA}.{name} does not exist. "
                "Run `campaign-association migrate up` first."
            )


def require_relations(connection: psycopg.Connection, target: Target) -> None:
    """Raise where tables (as :func:`require_ops`) or models of dbt are missing."""
    require_ops(connection)
    for schema, name in (
        (target.schema, "campaign_associations"),
        (target.schema, "pending_write_backs"),
        (target.internal_schema, "int_activities"),
    ):
        if not relation_exists(connection, schema, name):
            raise CommandFailed(f"{schema}.{name} does not exist. {BUILD_AGAIN}")


def check_gates(connection: psycopg.Connection, target: Target) -> Build:
    """Return the build that may be written back.

    Raises :class:`Refused` when the newest build of the associations failed, its
    integrity tests failed or have not run since, the associations are empty while
    there are activities, or the build is for a day before the last written run's.
    How much would be overwritten is the matter of :func:`check_large_change`.
    """
    build = newest_build(connection, target)
    if build is None:
        raise Refused(f"No dbt build of the associations is recorded. {BUILD_AGAIN}")
    if build.status == "running":
        raise Refused(
            f"The last dbt build ({build.invocation_id}) has not ended: it still runs "
            f"or was killed. Wait for it, or run it again. {BUILD_AGAIN}"
        )
    if build.status != "success":
        raise Refused(
            f"The last dbt build ({build.invocation_id}) failed. Mend what it "
            f"reported. {BUILD_AGAIN}"
        )
    _check_integrity(connection, target, build)
    _check_emptiness(connection, target)
    _check_day(connection, build)
    return build


def check_large_change(
    connection: psycopg.Connection, target: Target, overwritten: int
) -> None:
    """Raise :class:`Refused` when too many values written earlier would go.

    ``overwritten`` is the number of values of ours, still held by the platform, that
    would change or vanish. They are compared with all such values.
    """
    ratio = Fraction(str(target.variables["max_overwrite_ratio"]))
    fewest = int(target.variables["min_overwrite_values"])
    # so few cannot be too many, whatever the platform holds: spares the count
    if overwritten == 0 or overwritten <= ratio * fewest:
        return
    # with as many the share is small enough: no need to count on
    enough = max(ceil(overwritten / ratio), fewest) if ratio else None
    held = count_held_values(connection, target, enough)
    if held >= fewest and overwritten > ratio * held:
        raise Refused(
            f"{overwritten:,} of {held:,} values written earlier would change or "
            f"vanish, more than max_overwrite_ratio ({float(ratio):g}) allows. Look at "
            "them with `campaign-association write-back --dry-run`; if they are "
            "right, use --allow-large-change."
        )


def count_held_values(
    connection: psycopg.Connection, target: Target, at_most: int | None = None
) -> int:
    """Return how many platform values are the newest this project logged for them.

    Counting ends at ``at_most``, so that a large platform need not be read through.
    """
    query = sql.SQL(
        """
        with held as (
            select 'session' as activity_type, id, program_instance_id
            from {platform}.kintell_sessions
            where program_instance_id is not null
            union all
            select 'match' as activity_type, id, program_instance_id
            from {platform}.buddy_matches
            where program_instance_id is not null
            union all
            select 'completion' as activity_type, id, program_instance_id
            from {platform}.learning_progress
            where program_instance_id is not null
        ),

        ours as (
            select held.id
            from held
            cross join lateral (
                select log.new_value
                from association_ops.write_back_log as log
                where log.activity_type = held.activity_type
                    and log.activity_id = held.id
                order by log.log_id desc
                limit 1
            ) as last_write
            where last_write.new_value = held.program_instance_id
            limit {at_most}
        )

        select count(*) from ours
        """
    ).format(
        platform=sql.Identifier(target.platform_schema),
        at_most=sql.Literal(at_most),
    )
    return _scalar(connection, query)


def newest_build(connection: psycopg.Connection, target: Target) -> Build | None:
    """Return the newest dbt invocation that built the target's associations, if any.

    Builds from before dbt_runs knew target schemas count for each of them: their own
    associations are among them, and the next build settles it.
    """
    with connection.cursor(row_factory=class_row(Build)) as cursor:
        return cursor.execute(
            """
            select invocation_id, command, as_of_date, status
            from association_ops.dbt_runs
            where builds_associations
                and coalesce(target_schema, %(schema)s) = %(schema)s
            order by started_at desc
            limit 1
            """,
            {"schema": target.schema},
        ).fetchone()


def _check_integrity(
    connection: psycopg.Connection, target: Target, build: Build
) -> None:
    """Every test the build expects must have passed in it or in a later dbt run."""
    failing = connection.execute(
        """
        with build as (
            select started_at, integrity_expected
            from association_ops.dbt_runs
            where invocation_id = %(build)s
        ),

        newest_results as (
            select distinct on (results.test_id)
                results.test_id,
                results.outcome
            from association_ops.dbt_runs as runs
            inner join build on runs.started_at >= build.started_at
            cross join lateral jsonb_each_text(runs.integrity_results)
                as results (test_id, outcome)
            where coalesce(runs.target_schema, %(schema)s) = %(schema)s
            order by results.test_id, runs.started_at desc
        )

        select
            expected.test_id,
            newest_results.outcome
        from build
        cross join lateral unnest(build.integrity_expected) as expected (test_id)
        left join newest_results on expected.test_id = newest_results.test_id
        where newest_results.outcome is distinct from 'pass'
        order by newest_results.outcome is null, expected.test_id
        """,
        {"build": build.invocation_id, "schema": target.schema},
    ).fetchall()
    if not failing:
        return
    # a skipped test has not run
    failed = [test for test, outcome in failing if outcome in ("fail", "error")]
    if failed:
        raise Refused(
            f"{len(failed)} integrity tests failed on the last dbt build, such as "
            f"{_short(failed[0])}. Mend the data or the models. {BUILD_AGAIN}"
        )
    raise Refused(
        f"{len(failing)} integrity tests have not run since the last dbt build, such "
        f"as {_short(failing[0][0])}. Run `dbt test --select tag:integrity` and try "
        "again."
    )


def _check_emptiness(connection: psycopg.Connection, target: Target) -> None:
    query = sql.SQL(
        "select not exists (select from {associations})"
        " and exists (select from {activities})"
    ).format(
        associations=sql.Identifier(target.schema, "campaign_associations"),
        activities=sql.Identifier(target.internal_schema, "int_activities"),
    )
    if _scalar(connection, query):
        raise Refused(
            f"{target.schema}.campaign_associations is empty while the platform has "
            f"activities. {BUILD_AGAIN}"
        )


def _check_day(connection: psycopg.Connection, build: Build) -> None:
    row = connection.execute(
        """
        select run_id, as_of_date
        from association_ops.write_back_runs
        where kind in ('run', 'write-back', 'backfill')
            and rows_written > 0
            and as_of_date is not null
        order by run_id desc
        limit 1
        """
    ).fetchone()
    if row and build.as_of_date < row[1]:
        raise Refused(
            f"The last dbt build is for {build.as_of_date}, but run {row[0]} has "
            f"written values for {row[1]} already. Build with that as_of_date or a "
            "later one."
        )


def relation_exists(connection: psycopg.Connection, schema: str, name: str) -> bool:
    """Tell whether a schema has a table or view of that name."""
    return _scalar(
        connection,
        """
        select exists (
            select
            from pg_catalog.pg_class as classes
            inner join pg_catalog.pg_namespace as namespaces
                on classes.relnamespace = namespaces.oid
            where namespaces.nspname = %s and classes.relname = %s
        )
        """,
        [schema, name],
    )


def _scalar(
    connection: psycopg.Connection,
    query: str | sql.Composable,
    values: Sequence[str] = (),
) -> Any:
    row = connection.execute(query, values).fetchone()
    return row[0] if row else 0


def _short(test_id: str) -> str:
    """Return the name in a dbt unique id such as test.project.name.hash."""
    parts = test_id.split(".")
    return parts[2] if len(parts) > 2 else test_id
