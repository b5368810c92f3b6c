"""A run's build on Apache Spark, and its way to the PostgreSQL that it writes back to.

The cluster itself appends what PostgreSQL needs to tables in a schema that this build
alone knows, and after that how many rows those are to be. Only tables that are complete
by that count are put in their places, all of them in one transaction. The last models
are PostgreSQL's: what is to be written depends on the log.
"""

import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from uuid import uuid4

import psycopg
from psycopg.types.json import Jsonb

from campaign_association import dbt
from campaign_association.build import build_and_test
from campaign_association.errors import CommandFailed
from campaign_association.progress import step_bar, waiting
from campaign_association.settings import as_of_date
from campaign_association.target import Target

# needs recursion, and what depends on it is built where the log is
NOT_ON_SPARK = "int_undone_values+"
# what has rows of its own comes from Spark
ON_POSTGRESQL = (
    "pending_write_backs",
    "+int_held_values",
    "+int_undone_values",
    "+int_activities",
    "+int_scoring_points",
    "stg_platform__program_instances",
)
REACH_SECONDS = 10


def build_on_spark(
    target: Target,
    connection: psycopg.Connection,
    *,
    full_refresh: bool = False,
    exclude: Sequence[str] = (),
    shown: bool = False,
) -> None:
    """Build and test the models on Spark, and bring PostgreSQL what it needs of them.

    What dbt is to ``exclude`` is left as it is. Recorded in ``dbt_runs`` like any
    build, so that the gates know how it ended. Raises as
    :func:`~campaign_association.build.build_and_test` does, and
    :class:`CommandFailed` where Spark cannot be reached or rows got lost on the way.
    """
    _require_thrift_server(target)
    spark_files = dbt.own_folder("spark")
    build_id = str(uuid4())
    stage = {"stage": f"{target.schema}_staged_{build_id[:8]}"}
    with _recorded(connection, target, build_id) as results:
        with step_bar("Building models on Spark", shown=shown) as watch:
            results += build_and_test(
                target.on_spark,
                None,
                watch,
                full_refresh=full_refresh,
                exclude=[NOT_ON_SPARK, *exclude],
                options=spark_files,
            )
        with waiting("Bringing the associations to PostgreSQL", shown=shown):
            dbt.run_operation(target, "make_stage", stage)
            dbt.run_operation(target.on_spark, "fill_stage", stage, spark_files)
            dbt.run_operation(target, "publish_stage", stage)
        with step_bar("Building models on PostgreSQL", shown=shown) as watch:
            select = ["--select", *ON_POSTGRESQL]
            # no test of what is on Spark alone
            select += ["--indirect-selection", "cautious"]
            results += build_and_test(target, connection, watch, options=select)


def _require_thrift_server(target: Target) -> None:
    # dbt would try for minutes
    address = target.spark.thrift_server if target.spark else None
    if address is None:
        return
    try:
        socket.create_connection(address, timeout=REACH_SECONDS).close()
    except OSError as error:
        host, port = address
        raise CommandFailed(
            f"Cannot reach Spark's Thrift server at {host}:{port}: {error}. Check that "
            "it runs, and host and port in the profile."
        ) from error


@contextmanager
def _recorded(
    connection: psycopg.Connection, target: Target, build_id: str
) -> Iterator[list[dbt.NodeResult]]:
    """Record the block as a build of the associations; it fills in the results.

    Until the block has ended well, the gates refuse to write back.
    """
    connection.execute(
        """
        insert into association_ops.dbt_runs
            (invocation_id, command, as_of_date, target_schema, builds_associations)
        values (%s, 'build', %s, %s, true)
        """,
        [build_id, as_of_date(target.variables), target.schema],
    )
    results: list[dbt.NodeResult] = []
    status = "error"
    try:
        yield results
        status = "success"
    finally:
        outcomes = {
            result.unique_id: result.status
            for result in results
            if "integrity" in result.tags
        }
        connection.execute(
            """
            update association_ops.dbt_runs
            set
                finished_at = clock_timestamp(),
                status = %s,
                integrity_expected = %s,
                integrity_results = %s
            where invocation_id = %s
            """,
            [status, sorted(outcomes), Jsonb(outcomes), build_id],
        )
