"""``benchmark incremental``: what a run costs after a change, beside a full refresh.

All runs are of the models up to the associations and the review queue, on the same
server and data, one after the other. Times count only once the associations after the
incremental runs are found equal to those of the full refresh after them.
"""

import json
from dataclasses import dataclass
from math import ceil
from statistics import median
from typing import Any

import click
import psycopg
from psycopg import sql

from campaign_association import dbt
from campaign_association.benchmark.models import REPEATS, ModelsRun, run_models
from campaign_association.benchmark.playground import (
    activities_option,
    count_rows,
    playground,
    settle,
)
from campaign_association.errors import CommandFailed
from campaign_association.options import json_option
from campaign_association.output import make_console, make_table
from campaign_association.target import Target

# the largest first: the runs that targets are about meet what is then made anew
CHANGED_SHARES = (0.1, *REPEATS * [0.01])
# an edited campaign matters to about a third of its company's activities
COMPANIES_PER_SHARE = 3


@dataclass(frozen=True)
class IncrementalRun:
    """A run after a change, the activities it scored, and its share of a full refresh.

    The share is that of the models, without dbt's start-up.
    """

    models: ModelsRun
    scored: int
    share: float

    def as_dict(self) -> dict[str, Any]:
        """Return the figures, for programs."""
        return {
            "run": self.models.run,
            "seconds": self.models.seconds,
            "start_up_seconds": round(self.models.start_up, 2),
            "scored": self.scored,
            "share": round(self.share, 4),
            "models": self.models.dearest,
        }


@dataclass(frozen=True)
class IncrementalFigures:
    """The full refresh, then runs after changes of growing size, then after none."""

    activities: int
    runs: list[IncrementalRun]

    def share(self, run: str) -> float:
        """Return the share of a full refresh that a run took: the middle one."""
        return median(each.share for each in self.runs if each.models.run == run)


def change_name(share: float) -> str:
    """Return what a run after a change of so many activities is called."""
    return f"{share:.0%} changed"


UNCHANGED = "unchanged"


def measure_incremental(activities: int, *, shown: bool = False) -> IncrementalFigures:
    """Time runs after changes, some without a change and a full refresh.

    A change is of 1% and 10% of the activities, as :func:`_change` makes it. Raises
    :class:`CommandFailed` where incremental runs and full refresh differ.
    """
    with (
        playground(activities, shown=shown) as target,
        target.connect(autocommit=True) as connection,
    ):
        dbt.build(target, ["seed"])
        # the first build fills caches and is no part of the comparison
        run_models(target, "first build", shown=shown)
        settle(connection)
        timed = []
        for share in CHANGED_SHARES:
            _change(connection, target, activities, share)
            timed.append(_time(connection, target, change_name(share), shown))
        for _ in range(REPEATS):
            timed.append(_time(connection, target, UNCHANGED, shown))
        _keep(connection, target)
        full = run_models(target, "full refresh", full_refresh=True, shown=shown)
        _compare(connection, target)
        everything = count_rows(
            connection, target.internal_schema, "int_activities_to_score"
        )
    return IncrementalFigures(
        activities,
        [
            IncrementalRun(run, scored, run.work / full.work)
            for run, scored in [(full, everything), *timed]
        ],
    )


def _time(
    connection: psycopg.Connection, target: Target, run: str, shown: bool
) -> tuple[ModelsRun, int]:
    """Return a run, and how many activities it scored."""
    figures = run_models(target, run, shown=shown)
    scored = count_rows(connection, target.internal_schema, "int_activities_to_score")
    return figures, scored


def _change(
    connection: psycopg.Connection, target: Target, activities: int, share: float
) -> None:
    """Change a share of the activities: half are new, half those of edited campaigns.

    One campaign each of some companies gets a longer window, which matters to the
    company's activities near it.
    """
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
        [round(activities * share / 2)],
    )
    companies = count_rows(connection, platform, "companies")
    connection.execute(
        sql.SQL(
            """
            update {campaigns}
            set end_date = end_date + 7
            where id in (
                select distinct on (company_id) id
                from {campaigns}
                order by company_id, id
                limit %s
            )
            """
        ).format(campaigns=sql.Identifier(platform, "campaigns")),
        [ceil(companies * share / 2 * COMPANIES_PER_SHARE)],
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
    if as_json:
        click.echo(json.dumps(incremental_dict(figures)))
        return
    show_incremental(figures)


def incremental_dict(figures: IncrementalFigures) -> dict[str, Any]:
    """Return the figures, for programs."""
    return {
        "activities": figures.activities,
        "runs": [run.as_dict() for run in figures.runs],
    }


def show_incremental(figures: IncrementalFigures) -> None:
    """Print a line a run."""
    table = make_table(
        "Runs after changes, half new activities, half those of edited campaigns; "
        f"{figures.activities:,} activities at first",
        "run of the models", "scored", "seconds", "of them dbt's", "of a full run",
        "dearest models",
    )  # fmt: skip
    for run in figures.runs:
        dearest = run.models.dearest.items()
        table.add_row(
            run.models.run,
            f"{run.scored:,}",
            f"{run.models.seconds:.1f}",
            f"{run.models.start_up:.1f}",
            f"{run.share:.1%}",
            "\n".join(f"{name} {seconds}" for name, seconds in dearest),
        )
    make_console().print(table)
