-- One row a campaign, scope, role and person: the volunteers and beneficiaries of its
-- activities, and the day each first appears (NULL where none of the days is known).
with

scopes as (

    {{ scopes() }}

),

activities as (

    select * from {{ ref('int_counted_activities') }}

),

-- grouped before scopes double the rows
people as (

    select
        campaign_id,
        is_confirmed,
        'volunteer' as person_role,
        volunteer_id as person_id,
        min(activity_date) as first_date
    from activities
    where volunteer_id is not null
    group by campaign_id, is_confirmed, volunteer_id

    union all

    select
        campaign_id,
        is_confirmed,
        'beneficiary' as person_role,
        beneficiary_id as person_id,
        min(activity_date) as first_date
    from activities
    where beneficiary_id is not null
    group by campaign_id, is_confirmed, beneficiary_id

)

select
    people.campaign_id,
    scopes.scope,
    people.person_role,
    people.person_id,
    min(people.first_date) as first_date
from people
inner join scopes
    on {{ is_in_scope('people') }}
group by people.campaign_id, scopes.scope, people.person_role, people.person_id
