"""The models give the same rows on Spark as on PostgreSQL, on worlds full of edges.

The project is built once a case on either engine; then its rows are compared, and its
own tests run.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from campaign_association.target import Target
from cluster import HOST, Cluster, open_cluster
from comparing import difference
from conftest import new_database
from reference.compare import dbt
from reference.loading import load
from reference.outcomes import worlds_with_outcomes
from reference.sampling import numbered, some_of
from reference.targets import make_platform, target_of
from reference.variables import variables_of
from spark_worlds import (
    CASES,
    DIGITS,
    FOLDERS,
    KINDS,
    NOT_ON_SPARK,
    WORLDS,
    rows_on_postgresql,
)

pytestmark = pytest.mark.timeout(3600)


@dataclass(frozen=True)
class Built:
    """A case after a build on both engines, and the nodes of its models."""

    on_postgresql: Target
    on_spark: Target
    models: list[Any]


@pytest.fixture(scope="module")
def platforms(embedded, tmp_path_factory) -> Iterator[dict[str, Target]]:
    """A target on PostgreSQL a case, with worlds in its platform."""
    with new_database(embedded.params) as one, new_database(embedded.params) as other:
        targets = {}
        for (name, (variant, overrides)), params in zip(
            CASES.items(), (one, other), strict=True
        ):
            variables = variables_of(overrides)
            target = target_of(params, tmp_path_factory.mktemp(name), variables)
            make_platform(target, variant)
            drawn = some_of(worlds_with_outcomes(0, variables, variant), WORLDS)
            with target.connect() as connection:
                load(connection, target.platform_schema, variant, numbered(drawn))
            targets[name] = target
        yield targets


@pytest.fixture(scope="module")
def cluster(embedded, platforms, tmp_path_factory) -> Iterator[Cluster]:
    """A cluster that reads the platforms of all cases."""
    sources = {name: target.params for name, target in platforms.items()}
    with (
        new_database(embedded.params) as catalog,
        # pytest keeps it: the logs are in there
        open_cluster(tmp_path_factory.mktemp("spark"), catalog, sources) as running,
    ):
        yield running


def spark_target(cluster: Cluster, folder: Path, name: str, like: Target) -> Target:
    """Return the target on Spark that reads the platform of a case."""
    profile = {
        "type": "spark",
        "method": "thrift",
        "host": HOST,
        "port": cluster.port,
        "auth": "NOSASL",
        "poll_interval": 1,
        "schema": f"spark_{name}",
        "threads": 2,
    }
    outputs = {"target": "test", "outputs": {"test": profile}}
    (folder / "profiles.yml").write_text(
        yaml.safe_dump({"campaign_association": outputs})
    )
    return Target(
        params=like.params,
        schema=profile["schema"],
        overrides={**like.overrides, "platform_catalog": name, "ops_catalog": name},
        dbt_options=("--profiles-dir", str(folder)),
    )


@pytest.fixture(scope="module", params=CASES)
def built(request, platforms, cluster, tmp_path_factory) -> Built:
    """A case, its seeds and models built on both engines."""
    on_postgresql = platforms[request.param]
    folder = tmp_path_factory.mktemp("spark_target")
    on_spark = spark_target(cluster, folder, request.param, on_postgresql)
    dbt(on_postgresql, folder / "postgresql", "build", *KINDS, *NOT_ON_SPARK)
    results = dbt(on_spark, folder / "spark", "build", *KINDS, *NOT_ON_SPARK)
    models = [
        result.node
        for result in results
        if result.node.resource_type == "model" and result.node.fqn[1] in FOLDERS
    ]
    return Built(on_postgresql, on_spark, models)


def test_models_are_equal(built: Built, cluster: Cluster) -> None:
    wrong = []
    for model in built.models:
        schema = model.schema.replace(built.on_spark.schema, built.on_postgresql.schema)
        rows, columns = rows_on_postgresql(built.on_postgresql, schema, model.name)
        query = f"select {', '.join(columns)} from {model.schema}.{model.name}"  # noqa: S608
        found = cluster.rows(query)
        digits = None if model.access == "public" else DIGITS
        wrong += [f"{model.name}: {row}" for row in difference(rows, found, digits)]
    assert not wrong, "\n".join(wrong)
    assert len(built.models) > 40


def test_data_tests_end_alike(built: Built, tmp_path: Path) -> None:
    """Quality tests may fail on such worlds, but then they do on both engines."""
    ends = [
        {
            result.node.name: (result.status, result.failures)
            for result in dbt(
                target, tmp_path / engine, "test", "--select", "test_type:data",
                *NOT_ON_SPARK, may_fail=True,
            )
            if result.node.resource_type == "test"
        }
        for engine, target in (
            ("postgresql", built.on_postgresql),
            ("spark", built.on_spark),
        )
    ]  # fmt: skip
    assert ends[0] == ends[1]
    assert len(ends[0]) > 30


# they are about the default variables
@pytest.mark.parametrize("built", ["json"], indirect=True)
def test_unit_tests_pass(built: Built, tmp_path: Path) -> None:
    results = dbt(
        built.on_spark, tmp_path, "test", "--select", "test_type:unit", *NOT_ON_SPARK
    )
    assert len(results) > 200
