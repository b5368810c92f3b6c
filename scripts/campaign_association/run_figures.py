"""The figures of a run, read from the models, the log and the quality tests."""

from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import dict_row

from campaign_association.gates import newest_build
from campaign_association.target import Target
from campaign_association.write_back import EVERYTHING, WriteBackResult

BY_TYPE = sql.SQL(
    """
    with associations as (
        select
            activity_type,
            count(*) as activities,
            count(*) filter (where decision = 'auto') as auto,
            count(*) filter (
                where decision in ('accepted', 'reassigned', 'rejected')
            ) as decided,
            count(*) filter (where decision = 'review') as review,
            count(*) filter (where decision = 'unmatched') as unmatched,
            round(avg(confidence), 1)::float as average_confidence
        from {associations}
        group by activity_type
    ),

    written as (
        select activity_type, count(*) as written
        from association_ops.write_back_log
        where run_id = %s
        group by activity_type
    ),

    conflicts as (
        select activity_type, count(*) as conflicts
        from {pending}
        where action = 'conflict'
        group by activity_type
    )

    select
        associations.*,
        coalesce(written.written, 0) as written,
        coalesce(conflicts.conflicts, 0) as conflicts
    from associations
    left join written using (activity_type)
    left join conflicts using (activity_type)
    order by array_position(
        array['session', 'match', 'completion'], associations.activity_type
    )
    """
)
BY_REASON = sql.SQL(
    """
    select {reason} as reason, activity_type, count(*) as activities
    from {associations}
    where {reason} is not null
    group by {reason}, activity_type
    order by {reason}, activity_type
    """
)
WARNINGS = sql.SQL(
    """
    select model, warning, count(*) as warnings
    from (
        select 'campaign_setup_warnings' as model, warning from {setup}
        union all
        select 'review_decision_warnings', warning from {decisions}
    ) as everything
    group by model, warning
    order by model, warnings desc, warning
    """
)


@dataclass(frozen=True)
class RunFigures:
    """What a run did and what it left, in rows; ``seconds`` by the clock.

    ``by_type`` has one row an activity type; ``unmatched`` and ``review`` one a
    reason and type; ``quality`` one a quality test, with figure, value, threshold and
    whether it is missed; ``warnings`` one a model of warnings and kind, in which there
    are any. ``write_back`` is None where it was left out; without ``with_metrics`` the
    campaign metrics are those of an earlier run.
    """

    as_of_date: str
    by_type: list[dict[str, Any]]
    unmatched: list[dict[str, Any]]
    review: list[dict[str, Any]]
    quality: list[dict[str, Any]]
    warnings: list[dict[str, Any]]
    write_back: WriteBackResult | None
    with_metrics: bool
    seconds: float


def read_figures(
    connection: psycopg.Connection,
    target: Target,
    write_back: WriteBackResult | None,
    quality: list[dict[str, Any]],
    *,
    with_metrics: bool,
    seconds: float,
) -> RunFigures:
    """Count the associations of ``target`` as they stand now."""
    warnings = WARNINGS.format(
        setup=sql.Identifier(target.schema, "campaign_setup_warnings"),
        decisions=sql.Identifier(target.schema, "review_decision_warnings"),
    )
    build = newest_build(connection, target)
    return RunFigures(
        # the day dbt took for today: midnight may have passed since
        as_of_date=build.as_of_date.isoformat(),
        quality=quality,
        warnings=_rows(connection, warnings),
        write_back=write_back,
        with_metrics=with_metrics,
        seconds=seconds,
        **association_figures(connection, target, write_back),
    )


def association_figures(
    connection: psycopg.Connection,
    target: Target,
    write_back: WriteBackResult | None,
    only: sql.SQL = EVERYTHING,
) -> dict[str, list[dict[str, Any]]]:
    """Return ``by_type``, ``unmatched`` and ``review`` of :class:`RunFigures`.

    ``only`` narrows a ``{relation}`` with activities to the rows to be counted.
    """
    associations, pending = (
        only.format(relation=sql.Identifier(target.schema, name))
        for name in ("campaign_associations", "pending_write_backs")
    )

    def by_reason(column: str) -> list[dict[str, Any]]:
        query = BY_REASON.format(
            reason=sql.Identifier(column), associations=associations
        )
        return _rows(connection, query)

    return {
        "by_type": _rows(
            connection,
            BY_TYPE.format(associations=associations, pending=pending),
            [write_back.run_id if write_back else None],
        ),
        "unmatched": by_reason("unmatched_reason"),
        "review": by_reason("review_reason"),
    }


def average_confidence(by_type: list[dict[str, Any]]) -> float | None:
    """Return the average over all activities of ``by_type``; None without any."""
    total = sum(row["activities"] for row in by_type)
    weighted = sum(row["average_confidence"] * row["activities"] for row in by_type)
    return weighted / total if total else None


def quality_figures(
    connection: psycopg.Connection, relations: list[tuple[str, str] | None]
) -> list[dict[str, Any]]:
    """Return the row that each quality test stored, met or missed."""
    query = sql.SQL(
        "select figure, value::float as value, threshold_name,"
        " threshold::float as threshold, activities::bigint as activities,"
        " coalesce(is_missed, false) as is_missed from {}"
    )
    return [
        row
        for relation in relations
        if relation
        for row in _rows(connection, query.format(sql.Identifier(*relation)))
    ]


def problem_rows(
    connection: psycopg.Connection, relation: tuple[str, str], most: int = 5
) -> list[str]:
    """Return the ``problem`` column of a test's stored rows, if it has one."""
    try:
        rows = connection.execute(
            sql.SQL("select problem from {} limit %s").format(
                sql.Identifier(*relation)
            ),
            [most],
        ).fetchall()
    except (psycopg.errors.UndefinedColumn, psycopg.errors.UndefinedTable):
        return []
    return [row[0] for row in rows]


def _rows(
    connection: psycopg.Connection,
    query: sql.Composable,
    values: list[Any] | None = None,
) -> list[dict[str, Any]]:
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(query, values).fetchall()
