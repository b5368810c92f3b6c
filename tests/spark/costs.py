"""What the association models cost on Spark, an activity: the ground of a prediction.

    make spark-costs ACTIVITIES=1000000

makes up a platform, copies its tables to Parquet files, builds the models up to the
associations on a cluster, and adds up what the cluster's log of events says of every
task: seconds of CPU, bytes read, shuffled and written. Unlike seconds by the clock,
they hardly depend on what else the machine does.
"""

import json
import re
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import yaml
from psycopg import sql

from campaign_association import dbt
from campaign_association.benchmark.playground import playground
from campaign_association.errors import CommandFailed
from campaign_association.output import make_console, make_table
from campaign_association.target import Target
from cluster import Cluster, open_cluster
from reference.world import OUTCOME_TABLES, TABLES

# Spark's own catalog, which keeps Parquet files
FILES = "spark_catalog"
SCHEMA = "costs"
MODELS = ("run", "--full-refresh", "--select", "+campaign_associations")
NODE = re.compile(r'"node_id": "model\.campaign_association\.(\w+)"')
DEAREST = 8


@dataclass
class Cost:
    """What tasks took: seconds of CPU and of collecting garbage, and bytes."""

    cpu: float = 0.0
    garbage: float = 0.0
    read: int = 0
    shuffled: int = 0
    written: int = 0
    spilled: int = 0

    def add(self, other: "Cost") -> None:
        """Count the other one in."""
        for field in fields(self):
            total = getattr(self, field.name) + getattr(other, field.name)
            setattr(self, field.name, total)


def measure(activities: int) -> dict[str, Cost]:
    """Build the associations of ``activities`` on Spark; return the cost by model.

    Raises :class:`CommandFailed` where an activity has no association.
    """
    with (
        playground(activities, shown=True) as target,
        tempfile.TemporaryDirectory() as name,
    ):
        folder = Path(name)
        (folder / "events").mkdir()
        _build(target, folder, activities)
        return _costs(folder / "events")


def _build(target: Target, folder: Path, activities: int) -> None:
    log = {"enabled": "true", "dir": (folder / "events").as_uri()}
    settings = {f"spark.eventLog.{name}": value for name, value in log.items()}
    # work for minutes, not statements by the hundred: let Java make itself faster
    for side in ("driver", "executor"):
        settings[f"spark.{side}.extraJavaOptions"] = "-Duser.timezone=UTC"
        settings[f"spark.{side}.memory"] = "3g"
    with target.connect(autocommit=True) as connection:
        catalog = {**target.params, "dbname": "campaign_association_costs"}
        database = sql.Identifier(catalog["dbname"])
        drop = sql.SQL("drop database if exists {} with (force)").format(database)
        connection.execute(drop)
        connection.execute(sql.SQL("create database {}").format(database))
        try:
            sources = {"postgresql": target.params}
            with open_cluster(folder, catalog, sources, settings, "3g") as cluster:
                cluster.copy_to_parquet(
                    "postgresql",
                    FILES,
                    target.platform_schema,
                    (*TABLES, *OUTCOME_TABLES),
                )
                on_spark = _on_spark(target, cluster, folder)
                dbt.build(on_spark, ["seed"])
                dbt.build(on_spark, MODELS)
                _require_all(cluster, activities)
        finally:
            connection.execute(drop)


def _on_spark(target: Target, cluster: Cluster, folder: Path) -> Target:
    output = cluster.output(SCHEMA, threads=1)
    profile = {"campaign_association": {"target": "it", "outputs": {"it": output}}}
    (folder / "profiles.yml").write_text(yaml.safe_dump(profile))
    return Target(
        params=target.params,
        schema=SCHEMA,
        overrides={**target.overrides, "platform_catalog": FILES},
        dbt_options=(
            *("--profiles-dir", str(folder)),
            *("--target-path", str(folder / "dbt")),
        ),
    )


def _require_all(cluster: Cluster, activities: int) -> None:
    row = cluster.rows(f"select count(*) as n from {SCHEMA}.campaign_associations")[0]  # noqa: S608
    # a made-up platform has a few more than it was asked for
    if row["n"] < activities:
        raise CommandFailed(f"Only {row['n']:,} of {activities:,} have an association.")


def _costs(events: Path) -> dict[str, Cost]:
    """Add up a cluster's log of events by the model that its jobs worked for."""
    model_of_stage: dict[int, str] = {}
    costs: defaultdict[str, Cost] = defaultdict(Cost)
    for event in _read(events):
        if event["Event"] == "SparkListenerJobStart":
            asked = event.get("Properties", {}).get("spark.job.description", "")
            found = NODE.search(asked)
            for stage in event["Stage IDs"]:
                model_of_stage[stage] = found.group(1) if found else ""
        elif event["Event"] == "SparkListenerTaskEnd" and "Task Metrics" in event:
            model = model_of_stage.get(event["Stage ID"], "")
            if model:
                costs[model].add(_cost(event["Task Metrics"]))
    return dict(costs)


def _read(events: Path) -> Iterator[dict[str, Any]]:
    for path in events.iterdir():
        with path.open(encoding="utf-8") as lines:
            for line in lines:
                yield json.loads(line)


def _cost(metrics: dict[str, Any]) -> Cost:
    nanoseconds = (
        metrics["Executor CPU Time"] + metrics["Executor Deserialize CPU Time"]
    )
    return Cost(
        cpu=nanoseconds / 1e9,
        garbage=metrics["JVM GC Time"] / 1e3,
        read=metrics["Input Metrics"]["Bytes Read"],
        shuffled=metrics["Shuffle Write Metrics"]["Shuffle Bytes Written"],
        written=metrics["Output Metrics"]["Bytes Written"],
        spilled=metrics["Disk Bytes Spilled"],
    )


def _show(costs: dict[str, Cost], activities: int) -> None:
    table = make_table(
        f"{activities:,} activities, an activity each", "model",
        "CPU µs", "garbage µs", "read B", "shuffled B", "written B", "spilled B",
    )  # fmt: skip
    total = Cost()
    for cost in costs.values():
        total.add(cost)
    dearest = sorted(costs.items(), key=lambda item: -item[1].cpu)[:DEAREST]
    for name, cost in [*dearest, ("all models", total)]:
        table.add_row(
            name,
            f"{cost.cpu / activities * 1e6:.1f}",
            f"{cost.garbage / activities * 1e6:.1f}",
            *(
                f"{getattr(cost, each) / activities:,.0f}"
                for each in ("read", "shuffled", "written", "spilled")
            ),
        )
    make_console().print(table)


if __name__ == "__main__":
    asked_for = int(sys.argv[1])
    _show(measure(asked_for), asked_for)
