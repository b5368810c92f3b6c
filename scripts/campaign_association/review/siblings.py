"""What else a decision settles: other activities of the same person in review."""

from collections.abc import Sequence
from uuid import UUID

import psycopg
from psycopg import sql

from campaign_association.review.queue import ASKED, Activity, keys_of, queue_of
from campaign_association.target import Target

# A decision places its beneficiary in the instance. Where the instance covers the date
# of a sibling and its campaign is a candidate there, that candidate becomes the best,
# neither tied nor in doubt, with the points of an enrolment for those of the group.
# Each part is read once: how many rows it has no planner can know beforehand.
SETTLED = sql.SQL(
    """
    with placements as materialized (
        {placements}
    ),

    siblings as materialized (
        select activity_type, activity_id, beneficiary_id, activity_date, candidates
        from ({siblings}) as waiting
        where not is_decided
            -- waits for a new decision, whatever the rules say
            and review_reason <> 'stale_decision'
    )

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
    """
)
# by decisions that are about to be made
PLANNED = sql.SQL(
    """
    with cohorts as materialized (
        select * from {cohorts}
        where program_instance_id = any(%(instances)s::uuid[])
    )

    select distinct
        associations.beneficiary_id,
        cohorts.campaign_id,
        cohorts.start_date,
        cohorts.end_date
    from unnest(%(types)s::text[], %(ids)s::uuid[], %(instances)s::uuid[])
        as decided (activity_type, activity_id, program_instance_id)
    inner join {associations} as associations
        on decided.activity_type = associations.activity_type
        and decided.activity_id = associations.activity_id
    inner join cohorts
        on decided.program_instance_id = cohorts.program_instance_id
    """
)
# by decisions made since the last run: what they are about is still in the queue
MADE = sql.SQL(
    """
    select distinct
        decided.beneficiary_id,
        cohorts.campaign_id,
        cohorts.start_date,
        cohorts.end_date
    from ({decided}) as decided
    inner join association_ops.review_decisions as decisions
        on decided.decision_id = decisions.decision_id
    inner join {cohorts} as cohorts
        on decisions.program_instance_id = cohorts.program_instance_id
    where decided.is_decided
    """
)
DECIDED = sql.SQL(
    """
    (queue.activity_type, queue.activity_id) in (
        select activity_type, activity_id from association_ops.review_decisions
    )
    """
)
OF_THEM = sql.SQL("queue.beneficiary_id in (select beneficiary_id from placements)")
NOTHING = sql.SQL(
    "select null::text as activity_type, null::uuid as activity_id where false"
)


def settled_since(target: Target) -> sql.Composable:
    """Return the query for the activities that the next run will make automatic.

    That is what decisions since the last run settle besides. Its parameter is
    ``auto_threshold``.
    """
    return _settled(target, MADE)


def settled_among(
    connection: psycopg.Connection, target: Target, activities: Sequence[Activity]
) -> list[Activity]:
    """Return which of the activities decisions since the last run settle."""
    parameters = {
        **keys_of(activities),
        "auto_threshold": target.variables["auto_threshold"],
    }
    query = _settled(target, MADE, ASKED)
    return [Activity(*row) for row in connection.execute(query, parameters)]


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
    query = sql.SQL(
        """
        select count(*) from ({settled}) as settled
        where (activity_type, activity_id) not in (
            select * from unnest(%(types)s::text[], %(ids)s::uuid[])
        )
        """
    ).format(settled=_settled(target, PLANNED))
    row = connection.execute(
        query,
        {
            **keys_of(activities),
            "instances": list(instances),
            "auto_threshold": target.variables["auto_threshold"],
        },
    ).fetchone()
    return row[0] if row else 0


def _settled(
    target: Target, placements: sql.SQL, among: sql.SQL = OF_THEM
) -> sql.Composable:
    """Return the query for what placements settle, of the queue's rows ``among``."""
    if not target.variables["decisions_teach"]:
        return NOTHING
    return SETTLED.format(
        siblings=queue_of(target, among),
        points=sql.Identifier(target.internal_schema, "int_scoring_points"),
        placements=placements.format(
            decided=queue_of(target, DECIDED),
            associations=sql.Identifier(target.schema, "campaign_associations"),
            cohorts=sql.Identifier(target.internal_schema, "int_cohorts"),
        ),
    )
