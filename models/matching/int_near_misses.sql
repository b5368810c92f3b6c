-- One row an activity that has companies with campaigns but no eligible one, and how
-- many days its date lies outside the nearest window (0 = inside one, whose program
-- type was the obstacle; NULL = no campaign has a window).
with

activities as (

    select * from {{ ref('int_activities_to_score') }}
    where is_due

),

eligible as (

    select * from {{ ref('int_eligible_campaigns') }}

),

company_users as (

    select * from {{ ref('stg_platform__company_users') }}

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
    left join eligible
        on
            activities.activity_type = eligible.activity_type
            and activities.activity_id = eligible.activity_id
    where eligible.activity_id is null

)

select
    without_candidate.activity_type,
    without_candidate.activity_id,
    min(
        {{ days_outside('without_candidate.activity_date', 'campaigns') }}
    ) as days_outside
from without_candidate
inner join company_users
    on without_candidate.company_user_id = company_users.user_id
inner join campaigns
    on company_users.company_id = campaigns.company_id
group by
    without_candidate.activity_type,
    without_candidate.activity_id
