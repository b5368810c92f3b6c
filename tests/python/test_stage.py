"""What Spark appends is put in its place as a whole or not at all; without a Spark."""

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from campaign_association import dbt
from campaign_association.errors import CommandFailed
from campaign_association.target import Target
from reference.targets import target_of

pytestmark = pytest.mark.slow

STAGE = "analytics_staged_1"
MODEL = "review_decision_warnings"
OTHERS = (
    "campaign_associations",
    "association_quality",
    "campaign_setup_warnings",
    "closed_book_differences",
)


@pytest.fixture
def target(database, tmp_path: Path) -> Target:
    return target_of(database, tmp_path, {})


def operate(target: Target, macro: str, stage: str = STAGE) -> None:
    dbt.run_operation(target, macro, {"stage": stage})


def append(connection: psycopg.Connection, *numbers: int) -> None:
    """Append rows as a task of Spark does, all in one transaction."""
    insert = sql.SQL(
        "insert into {} (activity_type, activity_id, detail)"
        " values ('session', lpad(%s::text, 32, '0')::uuid, %s)"
    ).format(sql.Identifier(STAGE, MODEL))
    with connection.transaction():
        for number in numbers:
            connection.execute(insert, [number, number])


def mark(connection: psycopg.Connection, count: int) -> None:
    """Say how many rows have to be there, as Spark does in the end."""
    insert = sql.SQL("insert into {} values (%s, %s)").format(
        sql.Identifier(STAGE, "row_counts")
    )
    for name in OTHERS:
        connection.execute(insert, [name, 0])
    connection.execute(insert, [MODEL, count])


def is_awaited(connection: psycopg.Connection, process: int) -> bool:
    """Tell whether another session waits for what this one has locked."""
    query = "select from pg_stat_activity where %s = any(pg_blocking_pids(pid))"
    return connection.execute(query, [process]).rowcount > 0


def published(connection: psycopg.Connection) -> list[int]:
    query = sql.SQL("select detail::int from {} order by 1").format(
        sql.Identifier("analytics", MODEL)
    )
    return [row[0] for row in connection.execute(query)]


def test_half_an_append_is_never_seen(target: Target) -> None:
    with target.connect(autocommit=True) as connection:
        operate(target, "make_stage")
        append(connection, 1, 2)
        mark(connection, 2)
        operate(target, "publish_stage")
        assert published(connection) == [1, 2]
        # rows that are missing, and then a mark that is
        for count in (3, None):
            operate(target, "make_stage")
            append(connection, 4, 5)
            if count:
                mark(connection, count)
            with pytest.raises(CommandFailed, match="as a whole: "):
                operate(target, "publish_stage")
            assert published(connection) == [1, 2]


def test_a_task_that_was_tried_again_adds_nothing(target: Target) -> None:
    with target.connect(autocommit=True) as connection:
        operate(target, "make_stage")
        append(connection, 1, 2)
        append(connection, 3)
        append(connection, 1, 2)
        mark(connection, 3)
        operate(target, "publish_stage")
        assert published(connection) == [1, 2, 3]


def test_a_task_that_was_given_up_and_commits_adds_nothing(target: Target) -> None:
    with (
        target.connect(autocommit=True) as connection,
        target.connect() as given_up,
        ThreadPoolExecutor() as beside,
    ):
        operate(target, "make_stage")
        append(connection, 1, 2, 3)
        mark(connection, 3)
        # begins a transaction that stays open
        given_up.execute("select")
        append(given_up, 1, 2)
        publishing = beside.submit(operate, target, "publish_stage")
        while not is_awaited(connection, given_up.info.backend_pid):
            assert not publishing.done()
            time.sleep(0.1)
        given_up.commit()
        publishing.result()
        assert published(connection) == [1, 2, 3]


def test_rows_of_a_killed_run_come_too_late(target: Target) -> None:
    with target.connect(autocommit=True) as connection:
        operate(target, "make_stage")
        operate(target, "make_stage", "analytics_staged_2")
        with pytest.raises(psycopg.errors.UndefinedTable):
            append(connection, 1)
