"""Writing the links into the platform's tables: the project's writer, one bare UPDATE.

On the same tables with their usual indexes, five on sessions beside the primary key,
and the project's own; before each, all links are taken out and tables are rewritten,
so that both find the same, and a checkpoint is made. Times count only once the platform
holds what the associations want.
"""

import time
from dataclasses import dataclass

import psycopg
from psycopg import sql

from campaign_association import dbt
from campaign_association.benchmark.association import watched_memory
from campaign_association.errors import CommandFailed
from campaign_association.migration.tables import ACTIVITY_TABLES
from campaign_association.progress import choose_bar, step_bar, waiting
from campaign_association.target import Target
from campaign_association.write_back import write_back

# what the gates of the write-back want: all models, and the integrity tests
BUILD = ("build", "--full-refresh", "--exclude", "tag:quality", "test_type:unit")
BARE_UPDATE = sql.SQL(
    """
    update {activities} as activities
    set program_instance_id = associations.program_instance_id
    from {associations} as associations
    where associations.activity_type = {activity_type}
        and associations.activity_id = activities.id
        and associations.program_instance_id is not null
    """
)
DIFFERING = sql.SQL(
    """
    select count(*)
    from {activities} as activities
    left join {associations} as associations
        on associations.activity_type = {activity_type}
        and associations.activity_id = activities.id
    where activities.program_instance_id
        is distinct from associations.program_instance_id
    """
)


@dataclass(frozen=True)
class WritingFigures:
    """Seconds that writing ``links`` took, and of the integrity tests before it."""

    links: int
    writer: float
    bare_update: float
    integrity_tests: float
    peak_megabytes: dict[str, int]


def measure_writing(
    connection: psycopg.Connection, target: Target, *, shown: bool = False
) -> WritingFigures:
    """Build all models and time both ways of writing what they want written.

    Raises :class:`CommandFailed` where the platform then does not hold just that.
    """
    # what a connector wrote before would be somebody else's word
    _clear(connection, target, shown)
    with step_bar("Building all models", shown=shown) as watch:
        results = dbt.build(target, BUILD, watch)
    tests = dbt.clock_seconds(result for result in results if result.kind == "test")
    # so that the next one comes no sooner for one way than for the other
    connection.execute("checkpoint")
    with watched_memory() as writer_peak:
        result = write_back(target, progress=choose_bar(not shown))
    _compare(connection, target, "project's writer")
    _clear(connection, target, shown)
    connection.execute("checkpoint")
    with watched_memory() as bare_peak:
        bare_update = _update(connection, target, shown)
    _compare(connection, target, "bare UPDATE")
    return WritingFigures(
        links=result.written,
        writer=round(result.seconds, 2),
        bare_update=round(bare_update, 2),
        integrity_tests=round(tests, 2),
        peak_megabytes={
            "project's writer": writer_peak.megabytes,
            "bare UPDATE": bare_peak.megabytes,
        },
    )


def _clear(connection: psycopg.Connection, target: Target, shown: bool) -> None:
    """Take all links out and leave tables and indexes as if there had been none."""
    with waiting("Rewriting tables", shown=shown):
        for table in ACTIVITY_TABLES.values():
            name = sql.Identifier(target.platform_schema, table)
            connection.execute(
                sql.SQL(
                    "update {} set program_instance_id = null"
                    " where program_instance_id is not null"
                ).format(name)
            )
            connection.execute(sql.SQL("vacuum (full, analyze) {}").format(name))


def _update(connection: psycopg.Connection, target: Target, shown: bool) -> float:
    """Return the seconds of one statement a table, all in one transaction."""
    began = time.perf_counter()
    with waiting("Bare UPDATE", shown=shown), connection.transaction():
        for activity_type in ACTIVITY_TABLES:
            connection.execute(_on(BARE_UPDATE, target, activity_type))
    return time.perf_counter() - began


def _compare(connection: psycopg.Connection, target: Target, way: str) -> None:
    differing = 0
    for activity_type in ACTIVITY_TABLES:
        row = connection.execute(_on(DIFFERING, target, activity_type)).fetchone()
        differing += row[0] if row else 0
    if differing:
        raise CommandFailed(
            f"After the {way}, {differing:,} activities of the platform do not hold "
            "what their association wants, so times are not compared."
        )


def _on(statement: sql.SQL, target: Target, activity_type: str) -> sql.Composed:
    return statement.format(
        activities=sql.Identifier(
            target.platform_schema, ACTIVITY_TABLES[activity_type]
        ),
        associations=sql.Identifier(target.schema, "campaign_associations"),
        activity_type=sql.Literal(activity_type),
    )
