"""How ingestion does: what became of the activities that were written lately."""

from dataclasses import dataclass
from typing import Any

from psycopg.rows import dict_row

from campaign_association.gates import require_ops
from campaign_association.ingest.install import Installation, read_installation
from campaign_association.migration.tables import ACTIVITY_TABLES
from campaign_association.target import Target
from campaign_association.write_runs import server_errors

# Lag: how long an activity that was left NULL waited for the end of the first build
# that began after it, or waits for it since.
EVENTS = """
    with events as (
        select log.activity_type, 'auto' as outcome, log.written_at as happened_at
        from association_ops.write_back_log as log
        inner join association_ops.write_back_runs as runs on log.run_id = runs.run_id
        where runs.kind = 'ingest' and log.written_at > now() - interval '1 day'
        union all
        select activity_type, decision, left_at
        from association_ops.ingest_left_open
        where left_at > now() - interval '1 day'
        union all
        select activity_type, 'failed ' || sqlstate, failed_at
        from association_ops.ingest_failures
        where failed_at > now() - interval '1 day'
    ),

    builds as (
        select
            started_at,
            finished_at,
            lag(started_at, 1, '-infinity') over (order by started_at) as started_before
        from association_ops.dbt_runs
        where builds_associations
            and status = 'success'
            and coalesce(target_schema, %(schema)s) = %(schema)s
    ),

    -- an activity that was left is swept up by the first build that began after it
    waited as (
        select
            events.*,
            case
                when events.outcome <> 'auto'
                    then coalesce(builds.finished_at, now()) - events.happened_at
            end as lag
        from events
        left join builds
            on events.happened_at < builds.started_at
            and events.happened_at >= builds.started_before
    ),

    windows (name, since) as (
        values
        ('hour', now() - interval '1 hour'),
        ('day', now() - interval '1 day')
    )

    select
        windows.name as period,
        waited.activity_type,
        waited.outcome,
        count(*) as activities,
        extract(epoch from max(waited.lag))::float as longest_lag_seconds
    from windows
    inner join waited on waited.happened_at > windows.since
    group by windows.name, waited.activity_type, waited.outcome
    order by waited.outcome
"""
TRIGGERS = """
    select tables.relname, count(*) = 2 as is_there
    from pg_catalog.pg_trigger as triggers
    inner join pg_catalog.pg_proc as functions on triggers.tgfoid = functions.oid
    inner join pg_catalog.pg_class as tables on triggers.tgrelid = tables.oid
    inner join pg_catalog.pg_namespace as schemas on tables.relnamespace = schemas.oid
    where functions.pronamespace = to_regnamespace('association_ops')
        and schemas.nspname = %(platform)s
        and triggers.tgenabled <> 'D'
    group by tables.relname
"""


@dataclass(frozen=True)
class IngestStatus:
    """The installation, if there is one, and ``tables``: a row a table and period.

    Such a row has the number of activities set (``auto``), left for the next run
    (``review``, ``unmatched``, ``instance_busy``) and failed by SQLSTATE, the share
    of those set, and the longest lag of the others until a run had looked at them.
    """

    installation: Installation | None
    tables: list[dict[str, Any]]


def read_status(target: Target) -> IngestStatus:
    """Count what became of the activities of the last hour and day."""
    names = {"schema": target.schema, "platform": target.platform_schema}
    with target.connect(autocommit=True) as connection, server_errors():
        require_ops(connection)
        installation = read_installation(connection)
        triggers = dict(connection.execute(TRIGGERS, names).fetchall())
        with connection.cursor(row_factory=dict_row) as cursor:
            events = cursor.execute(EVENTS, names).fetchall()
    return IngestStatus(
        installation,
        [
            _summary(activity_type, period, bool(triggers.get(table)), events)
            for period in ("hour", "day")
            for activity_type, table in ACTIVITY_TABLES.items()
        ],
    )


def _summary(
    activity_type: str, period: str, has_triggers: bool, events: list[dict[str, Any]]
) -> dict[str, Any]:
    rows = [
        row
        for row in events
        if row["activity_type"] == activity_type and row["period"] == period
    ]
    counts = {row["outcome"]: row["activities"] for row in rows}
    failures = {
        name.removeprefix("failed "): count
        for name, count in counts.items()
        if name.startswith("failed ")
    }
    total = sum(counts.values())
    lags = [row["longest_lag_seconds"] for row in rows]
    return {
        "activity_type": activity_type,
        "period": period,
        "has_triggers": has_triggers,
        "activities": total,
        "auto": counts.get("auto", 0),
        "auto_share": counts.get("auto", 0) / total if total else None,
        "review": counts.get("review", 0),
        "unmatched": counts.get("unmatched", 0),
        "instance_busy": counts.get("instance_busy", 0),
        "failures": failures,
        "longest_lag_seconds": max(filter(None, lags), default=None),
    }
