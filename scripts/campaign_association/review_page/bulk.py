"""Many decisions at once: the exact rows, and what they do to published figures."""

from dataclasses import dataclass, replace
from typing import Any

from psycopg import sql

from campaign_association.review.decisions import Decisions, Selection, decide
from campaign_association.review.locked import count_locked
from campaign_association.review.queue import Filters, keys_of
from campaign_association.review.record import record, rehearse
from campaign_association.review.siblings import count_settled
from campaign_association.review_page.source import Row, Source

ROWS = sql.SQL(
    """
    select
        queue.activity_type,
        queue.activity_id,
        queue.activity_date,
        campaigns.company_name,
        campaigns.campaign_name,
        decided.program_instance_id,
        queue.confidence,
        queue.review_reason
    from unnest(%(types)s::text[], %(ids)s::uuid[], %(instances)s::uuid[])
        with ordinality
        as decided (activity_type, activity_id, program_instance_id, place)
    inner join {queue} as queue using (activity_type, activity_id)
    left join {campaigns} as campaigns using (campaign_id)
    order by decided.place
    """
)
# The figures of the campaigns concerned as the last run published them, and as they
# would be: what is decided counts where the chosen instance belongs, or nowhere.
EFFECT = sql.SQL(
    """
    with decided as (
        select
            asked.activity_type,
            asked.activity_id,
            cohorts.campaign_id as chosen_id
        from unnest(%(types)s::text[], %(ids)s::uuid[], %(instances)s::uuid[])
            as asked (activity_type, activity_id, program_instance_id)
        left join {cohorts} as cohorts using (program_instance_id)
    ),

    concerned as (
        select counted.campaign_id
        from decided
        inner join {counted} as counted using (activity_type, activity_id)
        union
        select chosen_id from decided where chosen_id is not null
    ),

    counted as (
        select
            counted.*,
            decided.chosen_id,
            decided.activity_id is not null as is_decided
        from {counted} as counted
        left join decided using (activity_type, activity_id)
        where counted.campaign_id in (select campaign_id from concerned)
    ),

    sides as (
        select 'before' as side, campaign_id, is_confirmed,
            beneficiary_id, volunteer_id, hours
        from counted
        union all
        select 'after', case when is_decided then chosen_id else campaign_id end,
            is_confirmed or is_decided,
            beneficiary_id, volunteer_id, hours
        from counted
        where not is_decided or chosen_id is not null
    )

    select
        campaigns.campaign_id,
        campaigns.campaign_name,
        sides.side,
        count(*) filter (where is_confirmed) as activities_confirmed,
        count(*) as activities_with_pending,
        coalesce(sum(hours) filter (where is_confirmed), 0) as hours_confirmed,
        sum(hours) as hours_with_pending,
        count(distinct volunteer_id) filter (where is_confirmed)
            as volunteers_confirmed,
        count(distinct volunteer_id) as volunteers_with_pending,
        count(distinct beneficiary_id) filter (where is_confirmed)
            as beneficiaries_confirmed,
        count(distinct beneficiary_id) as beneficiaries_with_pending
    from sides
    inner join concerned using (campaign_id)
    inner join {campaigns} as campaigns using (campaign_id)
    group by campaigns.campaign_id, campaigns.campaign_name, sides.side
    order by campaigns.campaign_name, campaigns.campaign_id, sides.side desc
    """
)


@dataclass(frozen=True)
class Plan:
    """A bulk decision before it is recorded: what it is about and what it does.

    ``effect`` maps a campaign's id and name to its figures before and after.
    """

    filters: Filters
    decisions: Decisions
    rows: list[Row]
    effect: dict[tuple[Any, str], dict[str, Row]]
    settled: int
    locked: int


def make_plan(
    source: Source,
    decision: str,
    filters: Filters,
    *,
    limit: int,
    reviewer: str,
    reason: str | None,
) -> Plan:
    """Return what deciding the first ``limit`` that filters find would do."""
    limited = replace(filters, limit=limit)
    with source.connection() as connection:
        decisions = decide(
            connection,
            source.target,
            decision,
            Selection(filters=limited),
            reviewer=reviewer,
            reason=reason,
        )
        rehearse(connection, decisions)
        chosen = (decisions.activities, decisions.instances)
        settled = count_settled(connection, source.target, *chosen)
        locked = count_locked(connection, source.target, decisions.activities)
    keys = keys_of(decisions.activities) | {"instances": list(decisions.instances)}
    names = {
        "queue": source.public("association_review_queue"),
        "campaigns": source.public("campaign_metrics"),
        "cohorts": source.internal("int_cohorts"),
        "counted": source.internal("int_counted_activities"),
    }
    effect: dict[tuple[Any, str], dict[str, Row]] = {}
    for row in source.rows(EFFECT.format(**names), keys):
        sides = effect.setdefault((row["campaign_id"], row["campaign_name"]), {})
        sides[row["side"]] = row
    rows = source.rows(ROWS.format(**names), keys)
    return Plan(filters, decisions, rows, effect, settled, locked)


def carry_out(source: Source, plan: Plan) -> None:
    """Record the plan; refused, all of it, where one was decided meanwhile."""
    with source.connection() as connection:
        record(connection, plan.decisions)
