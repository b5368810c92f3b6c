"""`campaign-association run` on Spark gives what PostgreSQL gives, run after run.

One platform from the first run to the last; the tests depend on each other's runs and
stand in their order.
"""

from datetime import date
from pathlib import Path

import pytest

from both_engines import (
    NOT_ON_SPARK,
    build_on_postgresql,
    first_writes,
    pending,
    unequal,
)
from campaign_association.closed_books import lock_books
from campaign_association.run import run
from campaign_association.target import Target
from cluster import Cluster
from reference.compare import MODEL, dbt
from spark_worlds import Case, on_spark, people_edit

pytestmark = pytest.mark.timeout(3600)

# spoils a model of either engine: its points, its links, and rows that are missing
BREAK = (
    "update {} set confidence = confidence + 1 where activity_type = 'match'",
    "update {} set campaign_id = activity_id where campaign_id is not null",
    "delete from {} where activity_type = 'completion'",
)
CLOSED_BEFORE = date(2024, 3, 20)


@pytest.fixture(scope="module")
def case(platforms: dict[str, Case]) -> Case:
    return platforms["json"]


@pytest.fixture(scope="module")
def target(case: Case, cluster: Cluster) -> Target:
    return on_spark(case, cluster)


def stored(cluster: Cluster, target: Target) -> set[str]:
    """Return the associations on Spark, with the time of their last change."""
    place = f"{target.on_spark.schema}.{MODEL}"
    query = f"select to_json(struct(*)) as row from {place}"  # noqa: S608
    return {row["row"] for row in cluster.rows(query)}


def test_the_first_run_equals_postgresql(
    case: Case, target: Target, cluster: Cluster
) -> None:
    models = build_on_postgresql(case)
    writes = first_writes(case)
    figures = run(target, as_json=True)
    wrong = unequal(models, case.on_postgresql, target, cluster)
    assert not wrong, "\n".join(wrong)
    assert len(models) > 40
    assert figures.write_back.written == writes > 50
    left = pending(target, target.schema)
    assert left == pending(target, case.on_postgresql.schema)
    assert {row["action"] for row in left} <= {"conflict", "withheld"}


def test_an_incremental_run_equals_a_full_refresh(
    case: Case, target: Target, cluster: Cluster
) -> None:
    before = stored(cluster, target)
    locked = lock_books(target, CLOSED_BEFORE)
    people_edit(case)
    models = build_on_postgresql(case, "--full-refresh")
    figures = run(target, as_json=True, allow_large_change=True)
    wrong = unequal(models, case.on_postgresql, target, cluster)
    assert not wrong, "\n".join(wrong)
    assert locked.added > 50
    # it was one: rows that did not change keep the time of their last change
    after = stored(cluster, target)
    assert len(before & after) > len(after - before) > 20
    assert sum(row["activities"] for row in figures.by_type) == len(after)
    assert figures.write_back.written > 0
    assert not any(row["action"] == "write" for row in pending(target, target.schema))


def test_nothing_changes_without_a_change(target: Target, cluster: Cluster) -> None:
    """Nor do the metrics, which this run leaves alone."""
    before = stored(cluster, target)
    place = f"{target.on_spark.schema}.metric_evidence.snapshots"
    snapshots = f"select snapshot_id from {place}"  # noqa: S608
    metrics = cluster.rows(snapshots)
    figures = run(target, as_json=True, no_metrics=True)
    assert stored(cluster, target) == before
    assert cluster.rows(snapshots) == metrics
    assert figures.write_back.written == 0


def test_unit_tests_pass(target: Target, tmp_path: Path) -> None:
    results = dbt(
        target.on_spark, tmp_path, "test", "--select", "test_type:unit", *NOT_ON_SPARK
    )
    assert len(results) > 200


def test_data_tests_find_what_is_broken(
    case: Case, target: Target, cluster: Cluster, tmp_path: Path
) -> None:
    """On both engines, and as many rows: the runs before saw that they can pass."""
    for statement in BREAK:
        with case.on_postgresql.connect() as connection:
            connection.execute(statement.format(f"{case.on_postgresql.schema}.{MODEL}"))
        cluster.execute(statement.format(f"{target.on_spark.schema}.{MODEL}"))
    ends = [
        {
            result.node.name: (str(result.status), result.failures)
            for result in dbt(
                each, tmp_path, "test", "--select", "test_type:data", *NOT_ON_SPARK,
                may_fail=True,
            )
            if result.node.resource_type == "test"
        }
        for each in (case.on_postgresql, target.on_spark)
    ]  # fmt: skip
    assert ends[0] == ends[1]
    assert len(ends[0]) > 30
    assert sum(status == "fail" for status, _ in ends[1].values()) >= 5
