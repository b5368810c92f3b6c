"""The models give the same rows on Spark as on PostgreSQL, on worlds full of edges."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from psycopg import sql
from psycopg.rows import dict_row

from campaign_association.target import Target
from cluster import HOST, Cluster, open_cluster
from comparing import difference
from conftest import new_database
from reference.compare import dbt
from reference.loading import load
from reference.picking import VARIANTS
from reference.sampling import numbered, some_of
from reference.targets import make_platform, target_of
from reference.variables import VARIABLE_SETS, variables_of
from reference.worlds import worlds

WORLDS = 100
# each variant of the platform's types with variables of its own
CASES = {
    "json": (VARIANTS[0], "defaults"),
    "arrays": (VARIANTS[1], "new_york"),
}
MODELS = ["campaign_associations", "association_review_queue"]
# when a row was written
BOOKKEEPING = {"associated_at", "waiting_since"}


@pytest.fixture(scope="module")
def platforms(embedded, tmp_path_factory) -> Iterator[dict[str, Target]]:
    """A target on PostgreSQL a case, with worlds in its platform."""
    with new_database(embedded.params) as one, new_database(embedded.params) as other:
        targets = {}
        for (name, (variant, variables)), params in zip(
            CASES.items(), (one, other), strict=True
        ):
            overrides = variables_of(VARIABLE_SETS[variables])
            target = target_of(params, tmp_path_factory.mktemp(name), overrides)
            make_platform(target, variant)
            drawn = some_of(worlds(0, overrides, variant), WORLDS)
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


@pytest.mark.parametrize("name", CASES)
@pytest.mark.timeout(1800)
def test_models_are_equal(name, platforms, cluster, tmp_path):
    on_postgresql = platforms[name]
    on_spark = spark_target(cluster, tmp_path, name, on_postgresql)
    chosen = ["--select", *(f"+{model}" for model in MODELS)]
    kinds = ["--resource-type", "seed", "--resource-type", "model"]
    for engine, target in {"postgresql": on_postgresql, "spark": on_spark}.items():
        dbt(target, tmp_path / engine, "build", *chosen, *kinds)

    for model in MODELS:
        rows = rows_on_postgresql(on_postgresql, model)
        assert len(rows) >= WORLDS
        columns = ", ".join(rows[0])
        relation = f"{on_spark.schema}.{model}"
        found = cluster.rows(f"select {columns} from {relation}")  # noqa: S608 (our names)
        assert difference(rows, found) == [], model


def rows_on_postgresql(target: Target, model: str) -> list[dict[str, Any]]:
    """Return the rows of a model, without the columns that bookkeeping fills."""
    query = sql.SQL("select * from {}").format(sql.Identifier(target.schema, model))
    with target.connect(row_factory=dict_row) as connection:
        return [
            {name: value for name, value in row.items() if name not in BOOKKEEPING}
            for row in connection.execute(query)
        ]
