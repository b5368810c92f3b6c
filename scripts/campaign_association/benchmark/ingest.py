"""``benchmark ingest``: what the triggers add to an insert, side by side.

Clients insert copies of sessions one by one, now with and now without the triggers, in
turns, so that whatever else goes on hits both. Commits are not waited for: the disk's
share would hide what is measured. People have decided about some of the activities
before, as they do on any platform that has been in use for a while.
"""

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from statistics import mean, quantiles

import click
import psycopg
from psycopg import sql

from campaign_association import dbt
from campaign_association.benchmark.playground import (
    activities_option,
    count_rows,
    on_platform,
    playground,
    settle,
)
from campaign_association.ingest.install import install
from campaign_association.options import json_option
from campaign_association.output import make_console, make_table, say
from campaign_association.settings import OPS_SCHEMA
from campaign_association.target import Target

CLIENTS = 2
ROUNDS = 10
COLUMNS = sql.SQL(
    "session_type, participant_id, volunteer_id, scheduled_at, completed_at,"
    " duration_minutes"
)
TRIGGER = sql.Identifier("zz_campaign_association_insert")
# about activities of people who are enrolled in nothing, as such wait for a person
DECIDE = """
    insert into association_ops.review_decisions (
        activity_type, activity_id, decision, program_instance_id, reviewer
    )
    select 'session', sessions.id, 'accepted', chosen.id, 'benchmark'
    from {platform}.kintell_sessions as sessions
    cross join lateral (
        select instances.id
        from {platform}.company_users
        inner join {platform}.campaigns
            on company_users.company_id = campaigns.company_id
        inner join {platform}.program_instances as instances
            on campaigns.id = instances.campaign_id
        where company_users.user_id = sessions.participant_id
            and sessions.completed_at::date between instances.start_date
            and coalesce(instances.end_date, 'infinity')
        order by instances.id
        limit 1
    ) as chosen
    where not exists (
        select from {platform}.program_enrollments
        where user_id = sessions.participant_id
    )
    order by md5(sessions.id::text)
    limit %s
"""


@dataclass(frozen=True)
class Latency:
    """Milliseconds an insert took, seen from the client."""

    mean: float
    p50: float
    p99: float


@dataclass(frozen=True)
class IngestFigures:
    """Latencies and the seconds of a COPY, with and without the triggers.

    ``auto_share`` of the rows inserted with triggers were associated.
    """

    companies: int
    campaigns: int
    users: int
    decisions: int
    rows: int
    without: Latency
    with_triggers: Latency
    auto_share: float
    copied: int
    copy_without_seconds: float
    copy_with_seconds: float


def measure_ingest(
    activities: int, decisions: int, rows: int, copied: int, *, shown: bool = False
) -> IngestFigures:
    """Time single inserts of ``rows`` by two clients, and a COPY of ``copied`` rows."""
    with playground(activities, shown=shown) as target:
        dbt.build(target, ["build", "--select", "+int_scoring_points"])
        install(target)
        with target.connect(autocommit=True) as connection:
            connection.execute(on_platform(target, DECIDE), [decisions])
            settle(connection)
            table = sql.Identifier(target.platform_schema, "kintell_sessions")
            sample = _sample(connection, table, rows)
            timings: dict[bool, list[float]] = {True: [], False: []}
            share = len(sample) // (ROUNDS * CLIENTS)
            with ThreadPoolExecutor(CLIENTS) as clients:
                # the first round plans and fills caches
                for number in range(ROUNDS):
                    for triggered in (False, True):
                        with _triggers(connection, table, triggered):
                            start = number * CLIENTS * share
                            results = clients.map(
                                lambda part: _insert(target, table, part),
                                [
                                    sample[start + n * share : start + (n + 1) * share]
                                    for n in range(CLIENTS)
                                ],
                            )
                            timings[triggered] += [t for part in results for t in part]
            copies = {
                triggered: _copy(connection, target, table, copied, triggered)
                for triggered in (False, True)
            }
            return IngestFigures(
                companies=count_rows(connection, target.platform_schema, "companies"),
                campaigns=count_rows(connection, target.platform_schema, "campaigns"),
                users=count_rows(connection, target.platform_schema, "users"),
                decisions=count_rows(connection, OPS_SCHEMA, "review_decisions"),
                rows=len(timings[True]),
                without=_latency(timings[False]),
                with_triggers=_latency(timings[True]),
                auto_share=_auto_share(connection),
                copied=copied,
                copy_without_seconds=copies[False],
                copy_with_seconds=copies[True],
            )


def _sample(
    connection: psycopg.Connection, table: sql.Composable, rows: int
) -> list[tuple[object, ...]]:
    return connection.execute(
        sql.SQL("select {} from {} order by md5(id::text) limit %s").format(
            COLUMNS, table
        ),
        [rows],
    ).fetchall()


@contextmanager
def _triggers(
    connection: psycopg.Connection, table: sql.Composable, enabled: bool
) -> Iterator[None]:
    """Let the block run with the trigger or without."""
    state = sql.SQL("enable" if enabled else "disable")
    connection.execute(
        sql.SQL("alter table {} {} trigger {}").format(table, state, TRIGGER)
    )
    yield


def _insert(
    target: Target, table: sql.Composable, rows: list[tuple[object, ...]]
) -> list[float]:
    """Insert one by one; return milliseconds each, without a session's first rows."""
    statement = sql.SQL("insert into {} ({}) values (%s, %s, %s, %s, %s, %s)").format(
        table, COLUMNS
    )
    milliseconds = []
    with target.connect(autocommit=True) as connection:
        connection.execute("set synchronous_commit = off")
        query = statement.as_string(connection).encode()
        for row in rows:
            began = time.perf_counter()
            connection.execute(query, row, prepare=True)
            milliseconds.append((time.perf_counter() - began) * 1000)
    return milliseconds[10:]


def _copy(
    connection: psycopg.Connection,
    target: Target,
    table: sql.Composable,
    rows: int,
    triggered: bool,
) -> float:
    """Return the seconds of a COPY of rows that are at hand already."""
    select = sql.SQL("copy (select {} from {} limit {}) to stdout").format(
        COLUMNS, table, sql.Literal(rows)
    )
    with connection.cursor().copy(select) as source:
        lines = [bytes(line) for line in source]
    with _triggers(connection, table, triggered), target.connect() as client:
        began = time.perf_counter()
        copy = sql.SQL("copy {} ({}) from stdin").format(table, COLUMNS)
        with client.cursor().copy(copy) as writer:
            for line in lines:
                writer.write(line)
        client.commit()
        return round(time.perf_counter() - began, 2)


def _latency(milliseconds: list[float]) -> Latency:
    percentiles = quantiles(milliseconds, n=100)
    figures = (mean(milliseconds), percentiles[49], percentiles[98])
    return Latency(*(round(figure, 3) for figure in figures))


def _auto_share(connection: psycopg.Connection) -> float:
    row = connection.execute(
        """
        with counts (auto, remaining) as (
            select
                (select count(*) from association_ops.write_back_log),
                (select count(*) from association_ops.ingest_left_open)
                + (select count(*) from association_ops.ingest_failures)
        )

        select round(auto::numeric / nullif(auto + remaining, 0), 3)::float from counts
        """
    ).fetchone()
    return row[0] if row else 0.0


@click.command("ingest")
@activities_option(2_000_000)
@click.option(
    "--decisions",
    type=click.IntRange(min=0),
    default=10_000,
    show_default=True,
    help="About how many activities people decided before.",
)
@click.option(
    "--rows",
    type=click.IntRange(min=1000),
    default=20_000,
    show_default=True,
    help="How many are inserted one by one, each way.",
)
@click.option(
    "--copy",
    type=click.IntRange(min=1),
    default=100_000,
    show_default=True,
    help="How many are copied at once, each way.",
)
@json_option
def ingest_command(
    activities: int, decisions: int, rows: int, copy: int, as_json: bool
) -> None:
    """Time inserts with the triggers beside inserts without."""
    figures = measure_ingest(activities, decisions, rows, copy, shown=not as_json)
    if as_json:
        click.echo(json.dumps(asdict(figures)))
        return
    table = make_table(
        f"{CLIENTS} clients", "milliseconds an insert", "mean", "p50", "p99"
    )  # fmt: skip
    for name, latency in (
        ("without triggers", figures.without),
        ("with triggers", figures.with_triggers),
    ):
        table.add_row(name, f"{latency.mean}", f"{latency.p50}", f"{latency.p99}")
    without = asdict(figures.without)
    added = {
        name: f"{value - without[name]:.3f}"
        for name, value in asdict(figures.with_triggers).items()
    }
    table.add_row("added", added["mean"], added["p50"], added["p99"])
    console = make_console()
    console.print(table)
    say(
        console,
        f"{figures.companies:,} companies, {figures.campaigns:,} campaigns, "
        f"{figures.users:,} users, {figures.decisions:,} decisions of people; "
        f"{figures.auto_share:.0%} were associated.",
    )
    console.print(
        f"COPY of {figures.copied:,} rows: {figures.copy_without_seconds} s without, "
        f"{figures.copy_with_seconds} s with triggers."
    )
