"""The public models give the same rows where the platform is in Parquet files."""

from pathlib import Path

import pytest

from both_engines import KINDS, NOT_ON_SPARK, build_on_postgresql, unequal
from cluster import Cluster
from reference.compare import dbt
from reference.world import OUTCOME_TABLES, TABLES
from spark_worlds import Case, on_spark

pytestmark = pytest.mark.timeout(3600)

# Spark's own catalog, which is none of Iceberg's
CATALOG = "spark_catalog"
SOURCES = (*TABLES, *OUTCOME_TABLES)


@pytest.fixture(scope="module")
def case(platforms: dict[str, Case], cluster: Cluster) -> Case:
    """A platform with a copy in Parquet."""
    case = platforms["arrays"]
    schema = case.on_postgresql.platform_schema
    cluster.copy_to_parquet(case.name, CATALOG, schema, SOURCES)
    return case


def test_public_models_are_equal(case: Case, cluster: Cluster, tmp_path: Path) -> None:
    models = [model for model in build_on_postgresql(case) if model.is_public]
    target = on_spark(case, cluster, "from_parquet", platform_catalog=CATALOG)
    select = ("--select", "+access:public", *NOT_ON_SPARK)
    dbt(target.on_spark, tmp_path, "build", *KINDS, *select)
    for table in SOURCES:
        view = f"from_parquet_internal.stg_platform__{table}"
        plan = str(cluster.rows(f"explain select * from {view}"))  # noqa: S608
        assert "FileScan parquet" in plan and "JDBC" not in plan
    assert len(models) > 10
    wrong = unequal(models, case.on_postgresql, target, cluster)
    assert not wrong, "\n".join(wrong)
