"""The verb ``demo``: the whole job on the embedded server, from nothing."""

import json
from dataclasses import asdict
from typing import Any

import click
import psycopg
from psycopg import sql

from campaign_association import server
from campaign_association.demo.accuracy import Counts, measure_accuracy
from campaign_association.demo.generator import DEFAULT_ACTIVITIES, truth_schema
from campaign_association.demo.prepare import DEFAULT_SEED, prepare_platform
from campaign_association.demo.report import show_accuracy, show_next_steps
from campaign_association.migrate import migrate_up
from campaign_association.options import json_option
from campaign_association.output import make_console
from campaign_association.run import run
from campaign_association.run_report import show_run
from campaign_association.settings import OPS_SCHEMA, read_vars
from campaign_association.target import Target, embedded_target


@click.command()
@click.option("--seed", type=int, help=f"Seed of the made-up data. [{DEFAULT_SEED}]")
@click.option(
    "--scale",
    type=click.FloatRange(min=0, min_open=True),
    help=f"Size of the made-up platform; 1 is {DEFAULT_ACTIVITIES:,} activities. [1]",
)
@click.option("--reset", is_flag=True, help="Drop the platform and make it anew.")
@click.option("--full-refresh", is_flag=True, help="Associate everything anew.")
@click.option("--vars", "vars_text", metavar="YAML", help="dbt variables.")
@json_option
def demo(
    seed: int | None,
    scale: float | None,
    reset: bool,
    full_refresh: bool,
    vars_text: str | None,
    as_json: bool,
) -> None:
    """Do the whole job on a made-up platform.

    Always works on the embedded server, which it starts if need be.
    """
    overrides = read_vars(vars_text)
    console = make_console(stderr=as_json)
    target = embedded_target(overrides)
    here = server.status()
    console.print(f"Server: PostgreSQL on 127.0.0.1:{target.params['port']}")
    with target.connect(autocommit=True) as connection:
        if reset:
            _drop_everything(connection, target)
        platform = prepare_platform(connection, target, seed, scale, shown=not as_json)
        console.print(
            f"Platform: {platform.activities:,} activities made up with seed "
            f"{platform.seed} as of {platform.as_of_date}, in schema "
            f"{target.platform_schema}"
        )
        applied = migrate_up(target).names
        console.print(f"Migrations: {len(applied)} applied now")
        figures = run(target, full_refresh=full_refresh, as_json=as_json)
        counts, wrong = measure_accuracy(connection, target, figures.as_of_date)
    if as_json:
        click.echo(json.dumps(_as_json(figures, counts, wrong), default=str))
        return
    show_run(figures, target, as_json=False)
    show_accuracy(console, counts, wrong)
    show_next_steps(console, target, here)


def _drop_everything(connection: psycopg.Connection[Any], target: Target) -> None:
    """Drop every schema of the demo; the embedded server holds nothing else."""
    for schema in (
        target.platform_schema,
        truth_schema(target.platform_schema),
        OPS_SCHEMA,
        target.internal_schema,
        f"{target.schema}_dbt_test__audit",
    ):
        connection.execute(
            sql.SQL("drop schema if exists {} cascade").format(sql.Identifier(schema))
        )
    _drop_relations(connection, target.schema)


def _drop_relations(connection: psycopg.Connection[Any], schema: str) -> None:
    """Empty the public schema: the schema itself carries the BI user's rights."""
    names = connection.execute(
        "select table_name, table_type from information_schema.tables"
        " where table_schema = %s",
        [schema],
    ).fetchall()
    for name, kind in names:
        drop = "drop view if exists {} cascade"
        if kind == "BASE TABLE":
            drop = "drop table if exists {} cascade"
        connection.execute(sql.SQL(drop).format(sql.Identifier(schema, name)))


def _as_json(figures: Any, counts: Counts, wrong: list[dict[str, Any]]) -> dict:
    return asdict(figures) | {
        "accuracy": asdict(counts)
        | {
            "precision": counts.precision,
            "instance_precision": counts.instance_precision,
            "precision_of_all": counts.precision_of_all,
            "instance_precision_of_all": counts.instance_precision_of_all,
            "recall": counts.recall,
            "instance_recall": counts.instance_recall,
            "wrong_by_circumstance": wrong,
        }
    }
