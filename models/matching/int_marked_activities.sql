-- One row an activity that people decided about or that closed books hold: what there is
-- to know of it beside the platform. A table, so that which activities are looked at and
-- what is found is read from the same moment.
with

-- a decision that places the beneficiary is no evidence for its own activity
decided as (

    select
        *,
        case when {{ teaches('decision') }} then {{ activity_key('decisions') }} end as own_view,
        {{ row_hash([
            'decision', 'holds', 'program_instance_id', 'campaign_id', 'company_id',
        ]) }} as decision_hash
    from {{ ref('int_decided_activities') }} as decisions

),

locked as (

    select
        activity_type,
        activity_id
    from {{ ref('int_locked_associations') }}

),

own_placements as (

    select
        placement_view,
        {{ hash_sum('cohort_hash') }} as placements_hash
    from {{ ref('int_placements') }}
    where placement_view <> ''
    group by placement_view

),

marked as (

    select
        coalesce(decided.activity_type, locked.activity_type) as activity_type,
        coalesce(decided.activity_id, locked.activity_id) as activity_id,
        coalesce(decided.own_view, '') as placement_view,
        decided.decision_hash,
        own_placements.placements_hash,
        locked.activity_id is not null as is_locked
    from decided
    full outer join locked
        on
            decided.activity_type = locked.activity_type
            and decided.activity_id = locked.activity_id
    left join own_placements
        on decided.own_view = own_placements.placement_view

)

select
    activity_type,
    activity_id,
    placement_view,
    {{ row_hash([
        'placement_view', 'decision_hash', 'placements_hash', 'is_locked',
    ]) }} as mark_hash
from marked
