"""Platforms full of edges on PostgreSQL, and a cluster of Apache Spark for tests."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import pytest
import yaml
from hypothesis import strategies as st

from campaign_association.target import Target, find_target
from cluster import Cluster, open_cluster
from conftest import new_database
from reference.editing import apply
from reference.edits import edited
from reference.histories import History, history
from reference.loading import load
from reference.outcomes import worlds_with_outcomes
from reference.picking import VARIANTS, Variant
from reference.rounds import Round
from reference.sampling import numbered, some_of
from reference.targets import make_platform, target_of
from reference.variables import VARIABLE_SETS, variables_of
from reference.world import DEFAULT_POINTS

WORLDS = 100
# each variant of the platform's types with variables of its own
CASES: dict[str, tuple[Variant, dict[str, Any]]] = {
    "json": (VARIANTS[0], {}),
    "arrays": (VARIANTS[1], {**VARIABLE_SETS["new_york"], "sroi_include_budget": True}),
}


@dataclass(frozen=True)
class Case:
    """A platform, how people will edit it, and where PostgreSQL builds its models."""

    name: str
    variant: Variant
    histories: list[History]
    on_postgresql: Target
    folder: Path


@pytest.fixture(scope="session")
def platforms(embedded, tmp_path_factory) -> Iterator[dict[str, Case]]:
    """A platform a case, with worlds in it."""
    with new_database(embedded.params) as one, new_database(embedded.params) as other:
        yield {
            name: make_case(name, params, tmp_path_factory.mktemp(name))
            for name, params in zip(CASES, (one, other), strict=True)
        }


@pytest.fixture(scope="session")
def cluster(embedded, platforms, tmp_path_factory) -> Iterator[Cluster]:
    """A cluster that reads the platforms of all cases, each as a catalog."""
    sources = {name: case.on_postgresql.params for name, case in platforms.items()}
    with (
        new_database(embedded.params) as catalog,
        # pytest keeps it: the logs are in there
        open_cluster(tmp_path_factory.mktemp("spark"), catalog, sources) as running,
    ):
        yield running


def make_case(name: str, params: dict[str, Any], folder: Path) -> Case:
    """Fill a platform with worlds, and know how people will edit them."""
    variant, overrides = CASES[name]
    variables = variables_of(overrides)
    target = target_of(params, folder / "postgresql", variables)
    make_platform(target, variant)
    worlds = worlds_with_outcomes(0, variables, variant)
    pairs = some_of(st.tuples(worlds, worlds), WORLDS)
    chance, during = Random(0), [Round(variables, dict(DEFAULT_POINTS), variables)]
    drawn = [history(chance, *pair, during) for pair in pairs]
    drawn = numbered([each for each in drawn if is_sound(each)])
    with target.connect() as connection:
        each = [history.world for history in drawn]
        load(connection, target.platform_schema, variant, each)
    return Case(name, variant, drawn, target, folder)


def is_sound(history: History) -> bool:
    """Tell whether a world passes the integrity tests, before and after its edits."""
    worlds = [history.world]
    for edit in [*history.edits[0], *history.later[0]]:
        worlds.append(edited(worlds[-1], edit))
    return all(
        world.find("campaigns", instance["campaign_id"])
        for world in (worlds[0], worlds[-1])
        for instance in world.rows("program_instances")
    )


def on_spark(
    case: Case, cluster: Cluster, schema: str | None = None, **variables: Any
) -> Target:
    """Return the target on Spark that reads the platform of a case.

    It builds in ``schema``, if given, writes back to the same database and publishes in
    a schema of its own there.
    """
    params = case.on_postgresql.params
    schema = schema or f"spark_{case.name}"
    outputs = {
        "spark": cluster.output(schema, threads=2),
        "platform": {
            "type": "postgres",
            **{name: params[name] for name in ("host", "port", "user", "password")},
            "dbname": params["dbname"],
            "schema": "published",
            "threads": 1,
        },
    }
    profile = {"campaign_association": {"target": "spark", "outputs": outputs}}
    folder = case.folder / schema
    folder.mkdir(exist_ok=True)
    (folder / "profiles.yml").write_text(yaml.safe_dump(profile))
    catalogs = {"platform_catalog": case.name, "ops_catalog": case.name}
    overrides = {**case.on_postgresql.overrides, **catalogs, **variables}
    return find_target(str(folder), None, "spark", overrides, takes_spark=True)


def people_edit(case: Case) -> None:
    """Make the edits of all worlds in the platform: rows, and people's decisions."""
    with case.on_postgresql.connect() as connection:
        for history in case.histories:
            schema = case.on_postgresql.platform_schema
            for edits in (history.edits[0], history.later[0]):
                apply(connection, schema, case.variant, edits)
