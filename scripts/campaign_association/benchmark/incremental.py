"""``benchmark incremental``: what a run costs after a change, beside a full refresh.

All runs are of the models up to the associations and the review queue, on the same
server and data, one after the other. Times count only once the associations after the
incremental run are found equal to those of the full refresh after it.
"""

import json
import time
from dataclasses import asdict, dataclass

import click
import psycopg
from psycopg import sql

from campaign_association import dbt
from campaign_association.benchmark.playground import (
    activities_option,
    count_rows,
    playground,
)
from campaign_association.errors import CommandFailed
from campaign_association.options import json_option
from campaign_association.output import make_console, make_table
from campaign_association.progress import step_bar
from campaign_association.target import Target

MODELS = ("run", "--select", "+association_review_queue", "int_locked_outcomes")
NEW_SHARE = 0.01
EDITED_CAMPAIGNS = 10
DEAREST = 4


@dataclass(frozen=True)
class Timing:
    """One dbt invocation: seconds by the clock, and of its dearest models."""

    run: str
    seconds: float
    models: dict[str, float]


@dataclass(frozen=True)
class IncrementalFigures:
    """The timings; ``scored`` is how many activities the changed run scored again."""

    activities: int
    scored: int
    timings: list[Timing]

    def share(self, run: str) -> float:
        """Return the seconds of a run over those of the full refresh."""
        seconds = {timing.run: timing.seconds for timing in self.timings}
        return seconds[run] / seconds["full refresh"]


def measure_incremental(activities: int, *, shown: bool = False) -> IncrementalFigures:
    """Time a run after a change, one without a change and a full refresh.

    The change is 1% new activities and 10 edited campaigns. Raises
    :class:`CommandFailed` where incremental run and full refresh differ.
    """
    with playground(activities, shown=shown) as target:
        dbt.build(target, ["seed"])
        # the first build fills caches and is no part of the comparison
        _time(target, "first build", MODELS, shown)
        with target.connect(autocommit=True) as connection:
            connection.execute("vacuum analyze")
            _change(connection, target, activities)
            changed = _time(target, "1% new, 10 campaigns edited", MODELS, shown)
            scored = count_rows(
                connection, target.internal_schema, "int_activities_to_score"
            )
            unchanged = _time(target, "unchanged", MODELS, shown)
            _keep(connection, target)
            full = _time(target, "full refresh", (*MODELS, "--full-refresh"), shown)
            _compare(connection, target)
        start_up = _time(
            target, "dbt alone", ("run", "--select", "stg_platform__users"), shown
        )
    return IncrementalFigures(activities, scored, [full, changed, unchanged, start_up])


def _time(target: Target, run: str, arguments: tuple[str, ...], shown: bool) -> Timing:
    began = time.perf_counter()
    with step_bar(run, shown=shown) as watch:
        results = dbt.build(target, arguments, watch)
    seconds = time.perf_counter() - began
    models = [result for result in results if result.kind == "model"]
    dearest = sorted(models, key=lambda result: -result.seconds)[:DEAREST]
    return Timing(
        run, round(seconds, 1), {each.name: round(each.seconds, 1) for each in dearest}
    )


def _change(connection: psycopg.Connection, target: Target, activities: int) -> None:
    """Add activities like those that are there, and move windows of campaigns."""
    platform = target.platform_schema
    connection.execute(
        sql.SQL(
            """
            insert into {sessions} (
                session_type, participant_id, volunteer_id, scheduled_at,
                completed_at, duration_minutes
            )
            select
                session_type, participant_id, volunteer_id, scheduled_at,
                completed_at, duration_minutes
            from {sessions}
            order by id
            limit %s
            """
        ).format(sessions=sql.Identifier(platform, "kintell_sessions")),
        [round(activities * NEW_SHARE)],
    )
    connection.execute(
        sql.SQL(
            """
            update {campaigns}
            set end_date = end_date + 7
            where id in (select id from {campaigns} order by id limit %s)
            """
        ).format(campaigns=sql.Identifier(platform, "campaigns")),
        [EDITED_CAMPAIGNS],
    )


def _keep(connection: psycopg.Connection, target: Target) -> None:
    connection.execute(
        sql.SQL("create table public.kept as select * from {}").format(
            _associations(target)
        )
    )


def _compare(connection: psycopg.Connection, target: Target) -> None:
    """Raise where the kept associations are not those there now, times aside."""
    differing = connection.execute(
        sql.SQL(
            """
            select count(*)
            from {associations} as anew
            full join public.kept using (activity_type, activity_id)
            where (to_jsonb(anew) - 'associated_at')
                is distinct from (to_jsonb(kept) - 'associated_at')
            """
        ).format(associations=_associations(target))
    ).fetchone()[0]
    if differing:
        raise CommandFailed(
            f"{differing:,} associations differ between the incremental run and the "
            "full refresh, so their times are not compared."
        )


def _associations(target: Target) -> sql.Identifier:
    return sql.Identifier(target.schema, "campaign_associations")


@click.command("incremental")
@activities_option(2_000_000)
@json_option
def incremental_command(activities: int, as_json: bool) -> None:
    """Time a run after a change beside a full refresh."""
    figures = measure_incremental(activities, shown=not as_json)
    runs = [
        {**asdict(timing), "share": round(figures.share(timing.run), 3)}
        for timing in figures.timings
    ]
    if as_json:
        click.echo(
            json.dumps(
                {
                    "activities": figures.activities,
                    "scored_again": figures.scored,
                    "runs": runs,
                }
            )
        )
        return
    table = make_table(
        f"{figures.activities:,} activities; the change made {figures.scored:,} "
        "be scored again",
        "run of the models", "seconds", "of a full refresh", "dearest models",
    )  # fmt: skip
    for run in runs:
        models = "\n".join(f"{name} {each}" for name, each in run["models"].items())
        table.add_row(run["run"], f"{run['seconds']}", f"{run['share']:.1%}", models)
    make_console().print(table)
