-- One row an activity that has companies with campaigns but no eligible one, and how
-- many days its date lies outside the nearest window (0 = inside one, whose program
-- type was the obstacle; NULL = no campaign has a window).
with

activities as (

    select * from {{ ref('int_activities_to_score') }}
    where is_due

),

candidates as (

    select * from {{ ref('int_first_candidates') }}

),

memberships as (

    select * from {{ ref('int_memberships') }}

),

campaigns as (

    select * from {{ ref('int_campaigns') }}
    where is_counting

),

without_candidate as (

    select
        activities.activity_type,
        activities.activity_id,
        activities.company_user_id,
        {{ finite_date('activities.activity_date') }} as activity_date
    from activities
    left join candidates
        on
            activities.activity_type = candidates.activity_type
            and activities.activity_id = candidates.activity_id
    where candidates.activity_id is null

),

-- few as they are, companies first: all members' campaigns are millions of pairs
with_company as (

    select
        without_candidate.activity_type,
        without_candidate.activity_id,
        without_candidate.activity_date,
        memberships.company_id
    from without_candidate
    inner join memberships
        on without_candidate.company_user_id = memberships.user_id
    {{ computed_once() }}

)

select
    with_company.activity_type,
    with_company.activity_id,
    min(
        {{ days_outside('with_company.activity_date', 'campaigns') }}
    ) as days_outside
from with_company
inner join campaigns
    on with_company.company_id = campaigns.company_id
group by
    with_company.activity_id,
    with_company.activity_type
