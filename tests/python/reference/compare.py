"""Build the project's models, run them on worlds, and tell where they are wrong."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, LiteralString, cast
from unittest import mock

import psycopg
from psycopg import sql
from psycopg.rows import dict_row

from campaign_association.settings import PROJECT_DIR
from campaign_association.target import Target
from conftest import dbt_files
from reference.rules import associations
from reference.showing import readable
from reference.world import Key, Row, World

MODEL = "campaign_associations"
MISSING = "(no such column)"
NOT_COMPARED = {"rules_version", "associated_at", "match_reasons"}


@dataclass(frozen=True)
class Table:
    """A table that a model fills: where it is, and the query that fills it."""

    relation: str
    query: str


@dataclass(frozen=True)
class Models:
    """The project's models, built on an empty platform.

    The views are there; ``tables`` are to be filled in this order.
    """

    points: str
    tables: list[Table]


def dbt(target: Target, scratch: Path, *arguments: str, may_fail: bool = False) -> Any:
    """Run dbt in this process, its logs in ``scratch``; return its results."""
    from dbt.cli.main import dbtRunner

    with mock.patch.dict(os.environ, target.environment):
        outcome = dbtRunner().invoke(
            [
                *("--no-use-colors", "--quiet", "--no-send-anonymous-usage-stats"),
                "--no-write-json",
                *arguments,
                *("--project-dir", str(PROJECT_DIR), *target.dbt_options),
                *("--vars", json.dumps(target.overrides)),
                *("--target-path", str(dbt_files(target.params, target.overrides))),
                *("--log-path", str(scratch / "logs")),
            ]
        )
    if outcome.exception:
        raise outcome.exception
    failed = [
        f"{result.node.unique_id}: {result.message}"
        for result in outcome.result
        if result.status not in ("success", "pass", "warn", "no-op")
    ]
    assert may_fail or not failed, "\n".join(failed)
    return outcome.result


def build_models(target: Target, scratch: Path) -> Models:
    """Build the models that lead to the associations; the platform must be empty."""
    results = dbt(
        target, scratch, "build", "--full-refresh", "--select", f"+{MODEL}",
        "--resource-type", "seed", "--resource-type", "model",
    )  # fmt: skip
    nodes = [result.node for result in results]
    (points,) = [node.relation_name for node in nodes if node.name == "scoring_rules"]
    return Models(
        points=points,
        tables=[
            Table(relation=node.relation_name, query=node.compiled_code)
            for node in nodes
            if node.config.materialized in ("table", "incremental")
        ],
    )


def run_models(
    connection: psycopg.Connection, models: Models, points: Mapping[str, int]
) -> None:
    """Fill the models' tables, empty until now, in the open transaction."""
    seed = sql.SQL(cast(LiteralString, models.points))
    set_points(connection, seed, points)
    for table in models.tables:
        query = sql.SQL(cast(LiteralString, table.query))
        probe = connection.execute(
            sql.SQL("select * from ({}) as model limit 0").format(query)
        )
        columns = [sql.Identifier(column.name) for column in probe.description]
        connection.execute(
            sql.SQL("insert into {} ({}) {}").format(
                sql.SQL(cast(LiteralString, table.relation)),
                sql.SQL(", ").join(columns),
                query,
            )
        )


def set_points(
    connection: psycopg.Connection, seed: sql.Composable, points: Mapping[str, int]
) -> None:
    """Change the seed of points in the database."""
    update = sql.SQL("update {} set points = %s where signal = %s").format(seed)
    with connection.cursor() as cursor:
        cursor.executemany(update, [(each, name) for name, each in points.items()])


def recorded(connection: psycopg.Connection, schema: str) -> dict[Key, Row]:
    """Return the associations in the database, as the reference writes them."""
    query = sql.SQL("select * from {}").format(sql.Identifier(schema, MODEL))
    found: dict[Key, Row] = {}
    with connection.cursor(row_factory=dict_row) as cursor:
        for row in cursor.execute(query):
            key = (row["activity_type"], row["activity_id"])
            assert key not in found, f"{key} has two associations"
            found[key] = {
                name: value for name, value in row.items() if name not in NOT_COMPARED
            } | {"has_match_reasons": row["match_reasons"] is not None}
    return found


def differences(actual: dict[Key, Row], worlds: list[World]) -> list[str]:
    """Return a line for each field in which models and reference differ."""
    lines = []
    expected = {
        key: row for world in worlds for key, row in associations(world).items()
    }
    for key in sorted(expected.keys() | actual.keys()):
        lines += _differing_fields(key, actual.get(key, {}), expected.get(key, {}))
    return lines


def _differing_fields(key: Key, actual: Row, expected: Row) -> list[str]:
    if not actual:
        return [f"{readable(key)} is only in the reference"]
    if not expected:
        return [f"{readable(key)} is only in the models"]
    return [
        f"{readable(key)}: {name} is {readable(actual.get(name, MISSING))} in the "
        f"models, {readable(expected.get(name, MISSING))} in the reference"
        for name in sorted(expected.keys() | actual.keys())
        if actual.get(name, MISSING) != expected.get(name, MISSING)
    ]
