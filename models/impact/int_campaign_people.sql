-- One row a campaign, scope, role and person: the volunteers and beneficiaries of its
-- activities, and the day each first appears (NULL where none of the days is known).
with

scopes as (

    {{ scopes() }}

),

activities as (

    select * from {{ ref('int_counted_activities') }}

)

select
    activities.campaign_id,
    scopes.scope,
    'volunteer' as person_role,
    activities.volunteer_id as person_id,
    min(activities.activity_date) as first_date
from activities
inner join scopes
    on {{ is_in_scope('activities') }}
where activities.volunteer_id is not null
group by activities.campaign_id, scopes.scope, activities.volunteer_id

union all

select
    activities.campaign_id,
    scopes.scope,
    'beneficiary' as person_role,
    activities.beneficiary_id as person_id,
    min(activities.activity_date) as first_date
from activities
inner join scopes
    on {{ is_in_scope('activities') }}
where activities.beneficiary_id is not null
group by activities.campaign_id, scopes.scope, activities.beneficiary_id
