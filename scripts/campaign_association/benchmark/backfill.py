"""``benchmark backfill``: rates by batch size, beside a record-by-record connector.

All on the same server and data. The connector does what such programs commonly do
for every record: one query for the user, one for the campaigns with their groups, one
for the instance, one UPDATE, each a round trip, committed one by one.
"""

import json
import resource
import time
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

import click
import psycopg
from psycopg import sql
from psycopg.rows import dict_row

from campaign_association.backfill.backfill import backfill
from campaign_association.backfill.scope import Scope
from campaign_association.benchmark.playground import activities_option, playground
from campaign_association.options import json_option
from campaign_association.output import make_console, make_table
from campaign_association.target import Target

BATCH_SIZES = (100, 1_000, 10_000)
USER = """
    select users.tags, array_agg(company_users.company_id) as companies
    from {platform}.users
    inner join {platform}.company_users on users.id = company_users.user_id
    where users.id = %(participant_id)s
    group by users.id
"""
CAMPAIGNS = """
    select campaigns.id, beneficiary_groups.tags
    from {platform}.campaigns
    left join {platform}.beneficiary_groups
        on campaigns.beneficiary_group_id = beneficiary_groups.id
    where campaigns.company_id = any(%(companies)s)
        and %(day)s between campaigns.start_date and campaigns.end_date
        and campaigns.is_active
"""
INSTANCE = """
    select id
    from {platform}.program_instances
    where campaign_id = %(campaign_id)s
        and %(day)s between start_date and coalesce(end_date, 'infinity')
    order by start_date desc
    limit 1
"""
UPDATE = """
    update {platform}.kintell_sessions
    set program_instance_id = %(instance_id)s
    where id = %(id)s
"""
RECORDS = """
    select id, participant_id, coalesce(completed_at, scheduled_at)::date as day
    from {platform}.kintell_sessions
    order by md5(id::text)
    limit %(records)s
"""
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


@dataclass(frozen=True)
class Rate:
    """One way of doing it: records, seconds in all, seconds of the writing alone."""

    way: str
    records: int
    seconds: float
    writing_seconds: float | None

    @property
    def rows_a_second(self) -> float:
        """Records done in a second."""
        return self.records / self.seconds


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
        rates.append(connector(connection, target, records))
        return rates


def _forget(connection: psycopg.Connection, target: Target) -> None:
    for statement in FORGET:
        connection.execute(_on(target, statement))


def connector(connection: psycopg.Connection, target: Target, records: int) -> Rate:
    """Associate record by record; at most ``records`` of them."""
    # put together once: a connector's statements are constants
    find, user, campaigns, instance, update = (
        _on(target, text).as_bytes(connection)
        for text in (RECORDS, USER, CAMPAIGNS, INSTANCE, UPDATE)
    )
    writing = 0.0
    with connection.cursor(row_factory=dict_row) as cursor:
        found = cursor.execute(find, {"records": records}).fetchall()
        began = time.perf_counter()
        for record in found:
            instance_id = _associate(cursor, user, campaigns, instance, record)
            if instance_id is not None:
                before = time.perf_counter()
                values = {"id": record["id"], "instance_id": instance_id}
                cursor.execute(update, values)
                writing += time.perf_counter() - before
        seconds = time.perf_counter() - began
    return Rate("record by record", len(found), round(seconds, 2), round(writing, 2))


def _associate(
    cursor: psycopg.Cursor[dict[str, Any]],
    user_query: bytes,
    campaigns_query: bytes,
    instance_query: bytes,
    record: dict[str, Any],
) -> UUID | None:
    """Return the instance of the campaign that shares most tags, if there is one."""
    user = cursor.execute(user_query, record).fetchone()
    if user is None:
        return None
    values = {**record, "companies": user["companies"]}
    campaigns = cursor.execute(campaigns_query, values).fetchall()
    if not campaigns:
        return None
    tags = {str(tag) for tag in user["tags"] or []}
    best = max(campaigns, key=lambda row: len(tags & set(map(str, row["tags"] or []))))
    instance = cursor.execute(
        instance_query, {**record, "campaign_id": best["id"]}
    ).fetchone()
    return instance["id"] if instance else None


def _on(target: Target, text: str) -> sql.Composed:
    return sql.SQL(text).format(platform=sql.Identifier(target.platform_schema))


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
