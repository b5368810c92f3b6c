"""The project built on PostgreSQL and on Spark, and the rows that are not the same."""

from dataclasses import dataclass
from typing import Any

from psycopg import sql
from psycopg.rows import dict_row

from campaign_association.target import Target
from cluster import Cluster
from comparing import difference
from reference.compare import dbt
from spark_worlds import Case

FOLDERS = {"associations", "calibration", "impact", "metrics", "setup"}
KINDS = ("--resource-type", "seed", "--resource-type", "model")
# what PostgreSQL alone builds
NOT_ON_SPARK = ("--exclude", "int_undone_values+")
# when a row was written
BOOKKEEPING = {"associated_at", "measured_at", "waiting_since"}
# quotients inside of the models have more digits on PostgreSQL
DIGITS = 6
PENDING = "pending_write_backs"


@dataclass(frozen=True)
class Model:
    """A model, and what follows the target's schema in the name of its own."""

    name: str
    suffix: str
    is_public: bool


def build_on_postgresql(case: Case, *options: str) -> list[Model]:
    """Build seeds and models on PostgreSQL; return the models that Spark has, too."""
    results = dbt(
        case.on_postgresql, case.folder, "build", *KINDS, *NOT_ON_SPARK, *options
    )
    schema = case.on_postgresql.schema
    return [
        Model(
            result.node.name,
            result.node.schema.removeprefix(schema),
            result.node.access == "public",
        )
        for result in results
        if result.node.resource_type == "model" and result.node.fqn[1] in FOLDERS
    ]


def unequal(
    models: list[Model], on_postgresql: Target, on_spark: Target, cluster: Cluster
) -> list[str]:
    """Return a line for each row of the models that the engines do not share."""
    wrong = []
    for model in models:
        rows, columns = rows_on_postgresql(
            on_postgresql, on_postgresql.schema + model.suffix, model.name
        )
        place = f"{on_spark.on_spark.schema}{model.suffix}.{model.name}"
        found = cluster.rows(f"select {', '.join(columns)} from {place}")  # noqa: S608
        digits = None if model.is_public else DIGITS
        wrong += [f"{model.name}: {row}" for row in difference(rows, found, digits)]
    return wrong


def rows_on_postgresql(
    target: Target, schema: str, model: str
) -> tuple[list[dict[str, Any]], list[str]]:
    """Return the rows of a model, and its columns but those that bookkeeping fills."""
    query = sql.SQL("select * from {}").format(sql.Identifier(schema, model))
    with target.connect(row_factory=dict_row) as connection:
        cursor = connection.execute(query)
        names = [each.name for each in cursor.description or ()]
        columns = [name for name in names if name not in BOOKKEEPING]
        return [{name: row[name] for name in columns} for row in cursor], columns


def first_writes(case: Case) -> int:
    """Build the write-back on PostgreSQL; return how many values it would write."""
    target = case.on_postgresql
    dbt(target, case.folder, "run", "--select", "int_undone_values+")
    return sum(row["action"] == "write" for row in pending(target, target.schema))


def pending(target: Target, schema: str) -> list[dict[str, Any]]:
    """Return what the write-back has to do, or says why it does not."""
    rows, _ = rows_on_postgresql(target, schema, PENDING)
    return sorted(rows, key=lambda row: (row["activity_type"], row["activity_id"]))
