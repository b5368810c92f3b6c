"""What there is to see of activities in the queue; ids, dates and counts, no names of
people."""

from collections.abc import Sequence

from psycopg import sql

from campaign_association.review.queue import ASKED, Activity, keys_of, queue_of
from campaign_association.review_page.judged import judged_of
from campaign_association.review_page.source import Row, Source

DETAILS = sql.SQL(
    """
    select
        queue.*,
        associations.group_signal,
        associations.is_tied,
        associations.is_placed_elsewhere,
        associations.match_reasons,
        counted.volunteer_id,
        counted.hours,
        counted.is_held,
        companies.company_name,
        ranked.candidates
    from ({queue}) as queue
    inner join {associations} as associations using (activity_type, activity_id)
    left join {counted} as counted using (activity_type, activity_id)
    left join lateral (
        select company_name
        from {campaigns} as campaigns
        where campaigns.company_id = queue.company_id
        limit 1
    ) as companies on true
    left join lateral (
        select
            jsonb_agg(
                candidate || jsonb_build_object(
                    'campaign_name', campaigns.campaign_name,
                    'campaign_status', campaigns.status,
                    'campaign_start_date', campaigns.start_date,
                    'campaign_end_date', campaigns.end_date,
                    'program_type', campaigns.program_type,
                    'cohort_start_date', cohorts.start_date,
                    'cohort_end_date', cohorts.end_date
                )
                order by (candidate ->> 'candidate_rank')::integer
            ) as candidates
        from jsonb_array_elements(queue.candidates) as candidate
        left join {campaigns} as campaigns
            on (candidate ->> 'campaign_id')::uuid = campaigns.campaign_id
        left join {cohorts} as cohorts
            on (candidate ->> 'program_instance_id')::uuid
            = cohorts.program_instance_id
    ) as ranked on true
    """
)
# how people decided where the rules had the same doubt at the same company
SIMILAR = sql.SQL(
    """
    with recent as (
        select *
        from association_ops.review_decisions
        order by decision_id desc
        limit 5000
    ),

    latest as (
        select distinct on (activity_type, activity_id) *
        from recent
        order by activity_type, activity_id, decision_id desc
    )

    select
        associations.company_id,
        associations.activity_type,
        associations.group_signal,
        associations.is_tied,
        associations.is_placed_elsewhere,
        jsonb_object_agg(decision, number) as decisions
    from (
        select
            associations.company_id,
            associations.activity_type,
            associations.group_signal,
            associations.is_tied,
            associations.is_placed_elsewhere,
            latest.decision,
            count(*) as number
        from latest
        inner join {associations} as associations using (activity_type, activity_id)
        where latest.decision <> 'withdrawn'
            and associations.company_id = any(%(companies)s::uuid[])
        group by 1, 2, 3, 4, 5, 6
    ) as associations
    group by 1, 2, 3, 4, 5
    """
)
DOUBT = (
    "company_id",
    "activity_type",
    "group_signal",
    "is_tied",
    "is_placed_elsewhere",
)


def read_details(
    source: Source, keys: Sequence[Activity], *, judged: bool = False
) -> dict[Activity, Row]:
    """Return what there is to see of each activity that is in the queue.

    Or, where they are ``judged`` anew, that people decided.
    """
    if not keys:
        return {}
    names = {
        "associations": source.public("campaign_associations"),
        "campaigns": source.public("campaign_metrics"),
        "cohorts": source.internal("int_cohorts"),
        "counted": source.internal("int_counted_activities"),
        "queue": judged_of(source, ASKED) if judged else queue_of(source.target, ASKED),
    }
    rows = source.rows(DETAILS.format(**names), keys_of(keys))
    companies = list({row["company_id"] for row in rows})
    found = source.rows(SIMILAR.format(**names), {"companies": companies})
    similar = {_doubt(row): row["decisions"] for row in found}
    for row in rows:
        row["similar"] = similar.get(_doubt(row), {})
        row["candidates"] = row["candidates"] or []
    return {Activity(row["activity_type"], row["activity_id"]): row for row in rows}


def _doubt(row: Row) -> tuple[object, ...]:
    return tuple(row[name] for name in DOUBT)
