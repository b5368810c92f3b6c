-- One row an activity that this run has to score, with the facts that decide: whose
-- companies count, the evidence tags and the view of the placements. A table, since a
-- filter does not travel into the views with window functions behind it.
with

activities as (

    select * from {{ ref('int_activities') }}
    {{ only_explained_activity() }}
    {{ computed_once() }}

),

users as (

    select * from {{ ref('stg_platform__users') }}
    {{ computed_once() }}

),

members as (

    select * from {{ ref('int_company_members') }}

),

-- activities whose own decision places their beneficiary, which they must not see
teachings as (

    select * from {{ ref('int_current_decisions') }}
    where {{ teaches('decision') }}

)

select
    activities.activity_type,
    activities.activity_id,
    activities.beneficiary_id,
    users.user_id is not null as is_beneficiary_known,
    activities.program_type,
    activities.activity_date,
    coalesce(activities.activity_date <= {{ as_of_date() }}, false) as is_due,
    case
        when beneficiary_members.user_id is not null then 'beneficiary'
        when volunteer_members.user_id is not null then 'volunteer'
    end as company_basis,
    coalesce(
        beneficiary_members.user_id, volunteer_members.user_id
    ) as company_user_id,
    case
        when beneficiary_members.user_id is not null
            then beneficiary_members.only_company_id
        else volunteer_members.only_company_id
    end as only_company_id,
    {{ tag_union(
        'coalesce(users.tags, ' ~ no_tags() ~ ')', 'activities.skill_tags'
    ) }} as evidence_tags,
    case
        when teachings.activity_id is not null then {{ activity_key('activities') }}
        else ''
    end as placement_view
from activities
left join users
    on activities.beneficiary_id = users.user_id
left join members as beneficiary_members
    on activities.beneficiary_id = beneficiary_members.user_id
left join members as volunteer_members
    on activities.volunteer_id = volunteer_members.user_id
left join teachings
    on
        activities.activity_type = teachings.activity_type
        and activities.activity_id = teachings.activity_id
