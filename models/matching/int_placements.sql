-- Where people are placed: one row a beneficiary, viewing activity and instance.
-- A placement is an enrolment, or a person's decision about another activity of the
-- beneficiary. A decision is no evidence for its own activity: such an activity has
-- its own view of the placements, in which that decision does not count.
with

cohorts as (

    select * from {{ ref('int_fingerprinted_cohorts') }}

),

enrolments as (

    select
        user_id as beneficiary_id,
        '' as decided_activity,
        program_instance_id
    from {{ ref('stg_platform__program_enrollments') }}
    where {{ places_person('status') }}

),

-- decisions about activities that exist place their beneficiary
teachings as (

    select
        activities.beneficiary_id,
        {{ activity_key('activities') }} as decided_activity,
        decisions.program_instance_id
    from {{ ref('int_current_decisions') }} as decisions
    inner join {{ ref('int_activities') }} as activities
        on
            decisions.activity_type = activities.activity_type
            and decisions.activity_id = activities.activity_id
    where {{ teaches('decisions.decision') }}

),

known as (

    select * from enrolments
    union all
    select * from teachings

),

-- everybody's view, and one for each activity that was decided; a placement known twice
-- is one
viewed as (

    select
        beneficiary_id,
        '' as placement_view,
        program_instance_id
    from known
    where beneficiary_id is not null

    union

    select
        teachings.beneficiary_id,
        teachings.decided_activity as placement_view,
        known.program_instance_id
    from teachings
    inner join known
        on
            teachings.beneficiary_id = known.beneficiary_id
            and teachings.decided_activity <> known.decided_activity

)

select
    viewed.beneficiary_id,
    viewed.placement_view,
    cohorts.program_instance_id,
    cohorts.campaign_id,
    cohorts.program_type,
    cohorts.start_date,
    cohorts.end_date,
    cohorts.created_at,
    cohorts.cohort_hash
from viewed
inner join cohorts
    on viewed.program_instance_id = cohorts.program_instance_id
