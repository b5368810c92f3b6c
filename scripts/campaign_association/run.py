"""The verb ``run``: build and test the models, write back, report.

It is what a scheduler calls. The same in steps is
``dbt build --exclude tag:quality test_type:unit``,
``campaign-association write-back`` and ``dbt test --select tag:quality``.
"""

import time
from functools import partial
from typing import Any

import click
import psycopg

from campaign_association import dbt
from campaign_association.build import METRICS, build_and_test, describe
from campaign_association.errors import CommandFailed
from campaign_association.gates import relation_exists
from campaign_association.ingest.install import refresh
from campaign_association.migrate import require_migrations
from campaign_association.on_spark import build_on_spark
from campaign_association.options import (
    batch_size_option,
    connection_options,
    json_option,
    large_change_option,
)
from campaign_association.progress import choose_bar, step_bar
from campaign_association.run_figures import (
    RunFigures,
    quality_figures,
    read_figures,
)
from campaign_association.run_report import show_run
from campaign_association.target import Target
from campaign_association.write_back import write_back
from campaign_association.write_batches import DEFAULT_BATCH_SIZE
from campaign_association.write_runs import server_errors
from campaign_association.writer_lock import open_writer

SUPPORTED_VERSIONS = range(15, 19)


def run(
    target: Target,
    *,
    full_refresh: bool = False,
    no_metrics: bool = False,
    no_write_back: bool = False,
    dry_run: bool = False,
    allow_large_change: bool = False,
    batch_size: int = DEFAULT_BATCH_SIZE,
    as_json: bool = False,
) -> RunFigures:
    """Associate everything that changed, write it back and measure the quality.

    Holds the writer lock all the time. Installed ingestion triggers go by the rules of
    this run from then on. With ``dry_run`` the models are built, and the
    platform's tables stay as they are; with ``no_metrics`` the campaign metrics do.
    Raises :class:`CommandFailed` when a model fails, :class:`Refused` when an integrity
    test or a gate holds back the write-back; missed quality thresholds are part of the
    figures.
    """
    began = time.monotonic()
    with open_writer(target) as writer, server_errors():
        check_version(writer)
        require_migrations(writer, target)
        if no_metrics:
            _require_metrics(writer, target)
        left_out = [METRICS] if no_metrics else []
        if target.spark:
            target = target.for_one_day()
            build_on_spark(
                target,
                writer,
                full_refresh=full_refresh,
                exclude=left_out,
                shown=not as_json,
            )
        else:
            with step_bar("Building models", shown=not as_json) as watch:
                build_and_test(
                    target, writer, watch, full_refresh=full_refresh, exclude=left_out
                )
        if note := refresh(target, writer):
            click.echo(note, err=True)
        written = None
        if not no_write_back:
            written = write_back(
                target,
                kind="run",
                batch_size=batch_size,
                dry_run=dry_run,
                allow_large_change=allow_large_change,
                progress=choose_bar(as_json),
                connection=writer,
            )
        quality = _measure(target, writer, as_json)
        return read_figures(
            writer,
            target,
            written,
            quality,
            with_metrics=not no_metrics,
            seconds=time.monotonic() - began,
        )


def check_version(connection: psycopg.Connection) -> None:
    """Raise :class:`CommandFailed` on a server that is too old, or too new to know."""
    major = connection.info.server_version // 10_000
    if major not in SUPPORTED_VERSIONS:
        raise CommandFailed(
            f"The server is PostgreSQL {major}; this project works on 15 to 18."
        )


def _require_metrics(connection: psycopg.Connection, target: Target) -> None:
    """Raise where there are no metrics that could stay as they are."""
    # on Spark they are where nobody asks from here
    if not target.spark and not relation_exists(
        connection, target.schema, "campaign_metrics"
    ):
        raise CommandFailed(
            f"{target.schema}.campaign_metrics does not exist yet, and the review page "
            "needs it: run once without --no-metrics."
        )


def _measure(
    target: Target, connection: psycopg.Connection, as_json: bool
) -> list[dict[str, Any]]:
    """Run the quality tests and return their figures; a missed one is no failure.

    dbt's artifacts stay those of the build.
    """
    arguments = ["test", dbt.NO_ARTIFACTS, "--select", "tag:quality"]
    with step_bar("Measuring quality", shown=not as_json) as watch:
        results = dbt.invoke(target, arguments, watch)
    errors = [result for result in results if "error" in result.status]
    if errors:
        report = describe(connection, errors)
        raise CommandFailed(f"dbt could not run the quality tests:\n{report}")
    results.sort(key=lambda result: result.name)
    return quality_figures(connection, [result.relation for result in results])


@click.command("run")
@partial(connection_options, takes_spark=True)
@click.option("--full-refresh", is_flag=True, help="Associate everything anew.")
@click.option(
    "--no-metrics", is_flag=True, help="Leave the campaign metrics as they are."
)
@click.option("--no-write-back", is_flag=True, help="Leave the write-back out.")
@click.option(
    "--dry-run",
    is_flag=True,
    help="Build the models, show what would be written to the platform.",
)
@large_change_option
@batch_size_option
@json_option
def run_command(target: Target, as_json: bool, **options: Any) -> None:
    """Associate activities, write the links back and report."""
    show_run(run(target, as_json=as_json, **options), target, as_json=as_json)
