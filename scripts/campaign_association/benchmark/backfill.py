"""``benchmark backfill``: rates by batch size, beside a record-by-record connector.

All on the same server and data.
"""

import json
import resource
from dataclasses import asdict

import click
import psycopg

from campaign_association.backfill.backfill import backfill
from campaign_association.backfill.scope import Scope
from campaign_association.benchmark.connector import Rate, associate_one_by_one
from campaign_association.benchmark.playground import (
    activities_option,
    on_platform,
    playground,
)
from campaign_association.options import json_option
from campaign_association.output import make_console, make_table
from campaign_association.target import Target

BATCH_SIZES = (100, 1_000, 10_000)
# the project's own traces, so that every backfill starts from nothing
FORGET = (
    "drop schema if exists analytics, analytics_internal cascade",
    "truncate association_ops.write_back_log, association_ops.ingest_state,"
    " association_ops.dbt_runs",
    "update {platform}.kintell_sessions set program_instance_id = null"
    " where program_instance_id is not null",
    "update {platform}.buddy_matches set program_instance_id = null"
    " where program_instance_id is not null",
    "update {platform}.learning_progress set program_instance_id = null"
    " where program_instance_id is not null",
    "vacuum analyze",
)


def measure_backfill(
    activities: int, records: int, *, shown: bool = False
) -> list[Rate]:
    """Time backfills with three batch sizes, and the connector on ``records``."""
    with (
        playground(activities, shown=shown) as target,
        target.connect(autocommit=True) as connection,
    ):
        rates = []
        for batch_size in BATCH_SIZES:
            _forget(connection, target)
            figures = backfill(target, Scope(), batch_size=batch_size)
            written = figures.write_back
            rates.append(
                Rate(
                    f"batches of {batch_size:,}",
                    figures.activities,
                    round(figures.seconds, 1),
                    round(written.seconds, 1) if written else None,
                )
            )
        _forget(connection, target)
        rate, _ = associate_one_by_one(connection, target, records)
        rates.append(rate)
        return rates


def _forget(connection: psycopg.Connection, target: Target) -> None:
    for statement in FORGET:
        connection.execute(on_platform(target, statement))


@click.command("backfill")
@activities_option(200_000)
@click.option(
    "--records",
    type=click.IntRange(min=10),
    default=5_000,
    show_default=True,
    help="How many of them are done record by record.",
)
@json_option
def backfill_command(activities: int, records: int, as_json: bool) -> None:
    """Time backfills beside associating record by record."""
    rates = measure_backfill(activities, records, shown=not as_json)
    rows = [
        {**asdict(rate), "rows_a_second": round(rate.rows_a_second)} for rate in rates
    ]
    # in kilobytes on Linux; what the server takes is bounded by its work_mem
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    if as_json:
        click.echo(
            json.dumps(
                {"activities": activities, "peak_megabytes": megabytes, "rates": rows}
            )
        )
        return
    table = make_table(
        f"{activities:,} activities", "way",
        "records", "seconds", "of them writing", "records a second",
    )  # fmt: skip
    for row in rows:
        table.add_row(
            row["way"],
            f"{row['records']:,}",
            f"{row['seconds']}",
            "-" if row["writing_seconds"] is None else f"{row['writing_seconds']}",
            f"{row['rows_a_second']:,}",
        )
    console = make_console()
    console.print(table)
    console.print(f"This process took {megabytes:,} MB at most, dbt included.")
