"""`campaign-association run` on Spark gives what PostgreSQL gives, run after run.

One platform from the first run to the last; the tests depend on each other's runs and
stand in their order.
"""

import pytest

from campaign_association.run import run
from campaign_association.target import Target
from cluster import Cluster
from reference.compare import dbt
from spark_worlds import (
    Case,
    build_on_postgresql,
    on_spark,
    rows_on_postgresql,
    unequal,
)

pytestmark = pytest.mark.timeout(3600)

PENDING = "pending_write_backs"


@pytest.fixture(scope="module")
def case(platforms: dict[str, Case]) -> Case:
    return platforms["json"]


@pytest.fixture(scope="module")
def target(case: Case, cluster: Cluster) -> Target:
    return on_spark(case, cluster)


def stored(cluster: Cluster, target: Target) -> set[str]:
    """Return the associations on Spark, with the time of their last change."""
    schema = target.on_spark.schema
    query = f"select to_json(struct(*)) as row from {schema}.campaign_associations"  # noqa: S608
    return {row["row"] for row in cluster.rows(query)}


def pending(target: Target, schema: str) -> list[dict[str, object]]:
    rows, _ = rows_on_postgresql(target, schema, PENDING)
    return sorted(rows, key=lambda row: (row["activity_type"], row["activity_id"]))


def test_the_first_run_equals_postgresql(
    case: Case, target: Target, cluster: Cluster
) -> None:
    models = build_on_postgresql(case)
    dbt(case.on_postgresql, case.folder, "run", "--select", "int_undone_values+")
    schema = case.on_postgresql.schema
    wanted = [row for row in pending(target, schema) if row["action"] == "write"]
    figures = run(target, as_json=True)
    wrong = unequal(models, case.on_postgresql, target, cluster)
    assert not wrong, "\n".join(wrong)
    assert figures.write_back.written == len(wanted) > 50
    assert pending(target, "published") == pending(target, schema)
    assert {row["action"] for row in pending(target, schema)} <= {
        "conflict",
        "withheld",
    }


def test_a_second_run_changes_nothing(target: Target, cluster: Cluster) -> None:
    before = stored(cluster, target)
    figures = run(target, as_json=True)
    assert stored(cluster, target) == before
    assert figures.write_back.to_write == 0
    assert sum(row["activities"] for row in figures.by_type) == len(before)
