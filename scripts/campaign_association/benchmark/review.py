"""``benchmark review``: how long a person waits for the next item of the review page.

A headless browser decides by keys, on a queue made long by copies of what waits on a
made-up platform. The time is from the key to the next item on the screen.
"""

import json
import os
import statistics
import time
from dataclasses import asdict, dataclass
from typing import Any

import click
import yaml
from psycopg import sql

from campaign_association import dbt
from campaign_association.benchmark.browser import chromium, review_page
from campaign_association.benchmark.playground import playground, settle
from campaign_association.options import json_option
from campaign_association.output import make_console, make_table
from campaign_association.progress import step_bar
from campaign_association.target import Target

ACTIVITIES = 20_000
# accept, reject and skip, as a person would, with an undo between
KEYS = "aaxasauaax"
NEXT = "shown => document.querySelector('.ask')?.dataset.shown !== shown"
# every waiting session again and again, each time of another person
COPIES = """
    create temporary table copies as
    select
        queue.activity_id as copied_id,
        md5(queue.activity_id::text || number)::uuid as activity_id,
        md5(queue.beneficiary_id::text || number)::uuid as beneficiary_id
    from {queue} as queue
    cross join generate_series(
        1,
        (
            select %(queued)s / count(*) + 1 from {queue}
            where activity_type = 'session'
        )
    ) as number
    where queue.activity_type = 'session'
    order by number, queue.activity_id
    limit %(queued)s
"""
COPY = """
    insert into {table}
    select (jsonb_populate_record(
        null::{table},
        to_jsonb(original) || jsonb_build_object(
            {key}, copies.activity_id, {person}, copies.beneficiary_id
        )
    )).*
    from copies
    inner join {table} as original on copies.copied_id = original.{id}
"""


@dataclass(frozen=True)
class ReviewFigures:
    """Milliseconds from a key to the next item, in the order of the decisions."""

    queued: int
    first_ms: int
    milliseconds: list[int]

    @property
    def median(self) -> float:
        """Half of the times are not longer."""
        return statistics.median(self.milliseconds)


def measure_review(
    queued: int, decisions: int, *, shown: bool = False
) -> ReviewFigures:
    """Time decisions by keys with ``queued`` activities waiting."""
    with playground(ACTIVITIES, shown=shown) as target:
        for arguments in (["seed"], ["run"]):
            with step_bar(f"dbt {arguments[0]}", shown=shown) as watch:
                dbt.build(target, arguments, watch)
        _lengthen(target, queued)
        variables = yaml.safe_dump(dict(target.overrides), default_flow_style=True)
        options = ["--reviewer", "benchmark", "--vars", variables]
        here = {**os.environ, **target.libpq_environment}
        with review_page(options, here) as url, chromium() as browser:
            return _decide(browser.new_page(), url, queued, decisions)


def _lengthen(target: Target, queued: int) -> None:
    """Fill the queue up to ``queued`` activities."""
    places = (
        (target.platform_schema, "kintell_sessions", "id", "participant_id"),
        (target.schema, "campaign_associations", "activity_id", "beneficiary_id"),
        (target.schema, "association_review_queue", "activity_id", "beneficiary_id"),
        (target.internal_schema, "int_counted_activities", "activity_id",
         "beneficiary_id"),
    )  # fmt: skip
    queue = sql.Identifier(target.schema, "association_review_queue")
    with target.connect(autocommit=True) as connection:
        waiting = connection.execute(
            sql.SQL("select count(*) from {}").format(queue)
        ).fetchone()
        more = max(0, queued - (waiting[0] if waiting else 0))
        copies = sql.SQL(COPIES).format(queue=queue)
        connection.execute(copies, {"queued": more})
        for schema, table, key, person in places:
            connection.execute(
                sql.SQL(COPY).format(
                    table=sql.Identifier(schema, table),
                    key=sql.Literal(key),
                    person=sql.Literal(person),
                    id=sql.Identifier(key),
                )
            )
        settle(connection)


def _decide(page: Any, url: str, queued: int, decisions: int) -> ReviewFigures:
    page.set_default_timeout(60_000)
    began = time.perf_counter()
    page.goto(url)
    page.wait_for_selector(".ask")
    first = time.perf_counter() - began
    # what a browser loads once, and the first pages of the queue
    page.wait_for_timeout(3_000)
    times = []
    for number in range(decisions):
        shown = page.get_attribute(".ask", "data-shown")
        began = time.perf_counter()
        page.keyboard.press(KEYS[number % len(KEYS)])
        page.wait_for_function(NEXT, arg=shown, polling=5)
        times.append(time.perf_counter() - began)
        # a person reads
        page.wait_for_timeout(200)
    return ReviewFigures(
        queued, round(first * 1000), [round(each * 1000) for each in times]
    )


@click.command("review")
@click.option(
    "--queued",
    type=click.IntRange(min=1),
    default=100_000,
    show_default=True,
    help="Activities in the queue.",
)
@click.option(
    "--decisions",
    type=click.IntRange(min=1),
    default=50,
    show_default=True,
    help="Keys that are pressed.",
)
@json_option
def review_command(queued: int, decisions: int, as_json: bool) -> None:
    """How long one waits for the next item of the review page; needs Chromium."""
    figures = measure_review(queued, decisions, shown=not as_json)
    if as_json:
        content = asdict(figures) | {"median_ms": figures.median}
        click.echo(json.dumps(content))
        return
    ordered = sorted(figures.milliseconds)
    table = make_table(f"{queued:,} activities in the queue", "wait", "milliseconds")
    table.add_row("first page", f"{figures.first_ms:,}")
    table.add_row(f"next item, median of {decisions}", f"{figures.median:,.0f}")
    table.add_row("next item, nine of ten", f"{ordered[len(ordered) * 9 // 10]:,}")
    table.add_row("next item, longest", f"{ordered[-1]:,}")
    make_console().print(table)
