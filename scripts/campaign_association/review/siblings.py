"""What else a decision settles: other activities of the same person in review."""

from collections.abc import Sequence
from uuid import UUID

import psycopg
from psycopg import sql

from campaign_association.review.queue import Activity, keys_of, queue_of
from campaign_association.target import Target

# A decision places its beneficiary in the instance. Where the instance covers the date
# of a sibling and its campaign is a candidate there, that candidate becomes the best,
# neither tied nor in doubt, with the points of an enrolment for those of the group.
SETTLED = sql.SQL(
    """
    with decided as (
        select *
        from unnest(%(types)s::text[], %(ids)s::uuid[], %(instances)s::uuid[])
            as decided (activity_type, activity_id, program_instance_id)
    ),

    placements as (
        select distinct
            associations.beneficiary_id,
            cohorts.campaign_id,
            cohorts.start_date,
            cohorts.end_date
        from decided
        inner join {associations} as associations
            on decided.activity_type = associations.activity_type
            and decided.activity_id = associations.activity_id
        inner join {cohorts} as cohorts
            on decided.program_instance_id = cohorts.program_instance_id
    ),

    siblings as (
        select * from ({queue}) as queue
        where not queue.is_decided
            -- waits for a new decision, whatever the rules say
            and queue.review_reason <> 'stale_decision'
            and (queue.activity_type, queue.activity_id) not in (
                select activity_type, activity_id from decided
            )
    ),

    settled as (
        select distinct siblings.activity_type, siblings.activity_id
        from placements
        inner join siblings
            on placements.beneficiary_id = siblings.beneficiary_id
            and siblings.activity_date
                between placements.start_date and placements.end_date
        cross join lateral jsonb_to_recordset(siblings.candidates) as candidates (
            campaign_id uuid,
            points_company integer,
            points_date integer,
            points_status integer
        )
        cross join {points} as points
        where candidates.campaign_id = placements.campaign_id
            and least(
                100,
                candidates.points_company
                + candidates.points_date
                + candidates.points_status
                + points.enrolled
                + points.active_instance
            ) >= %(auto_threshold)s
    )

    select count(*) from settled
    """
)


def count_settled(
    connection: psycopg.Connection,
    target: Target,
    activities: Sequence[Activity],
    instances: Sequence[UUID | None],
) -> int:
    """Return how many other activities in review the next run will make automatic.

    ``instances`` are those chosen for ``activities``, None where none is. Candidates
    are those of the last run: the number is exact as long as neither the platform nor
    the rules nor another decision change before the next run, an estimate otherwise.
    """
    if not target.variables["decisions_teach"]:
        return 0
    query = SETTLED.format(
        associations=sql.Identifier(target.schema, "campaign_associations"),
        cohorts=sql.Identifier(target.internal_schema, "int_cohorts"),
        points=sql.Identifier(target.internal_schema, "int_scoring_points"),
        queue=queue_of(target),
    )
    row = connection.execute(
        query,
        {
            **keys_of(activities),
            "instances": list(instances),
            "auto_threshold": target.variables["auto_threshold"],
        },
    ).fetchone()
    return row[0] if row else 0
