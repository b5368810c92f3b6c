-- One row a campaign, scope and day: what the day added, and what it comes to since the
-- campaign began. A row without a day holds what has no known date: it is there from the
-- first day on.
with

scopes as (

    {{ scopes() }}

),

days as (

    select * from {{ ref('int_campaign_days') }}

),

activities as (

    select * from {{ ref('int_counted_activities') }}

),

people as (

    select * from {{ ref('int_campaign_people') }}

),

-- days without activity add nothing, but they are there
additions as (

    select
        days.campaign_id,
        scopes.scope,
        days.metric_date,
        0 as activities,
        0 as sessions,
        0 as matches,
        0 as completions,
        0 as hours,
        0 as new_volunteers,
        0 as new_beneficiaries
    from days
    cross join scopes

    union all

    select
        activities.campaign_id,
        scopes.scope,
        activities.activity_date as metric_date,
        count(*) as activities,
        count(*) filter (where {{ is_held_session('activities') }})
            as sessions,
        count(*) filter (where activities.activity_type = 'match') as matches,
        count(*) filter (where activities.activity_type = 'completion') as completions,
        sum(activities.hours) as hours,
        0 as new_volunteers,
        0 as new_beneficiaries
    from activities
    inner join scopes
        on {{ is_in_scope('activities') }}
    group by activities.campaign_id, scopes.scope, activities.activity_date

    union all

    select
        campaign_id,
        scope,
        first_date as metric_date,
        0 as activities,
        0 as sessions,
        0 as matches,
        0 as completions,
        0 as hours,
        count(*) filter (where person_role = 'volunteer') as new_volunteers,
        count(*) filter (where person_role = 'beneficiary') as new_beneficiaries
    from people
    group by campaign_id, scope, first_date

),

daily as (

    select
        campaign_id,
        scope,
        metric_date,
        cast(sum(activities) as bigint) as activities,
        cast(sum(sessions) as bigint) as sessions,
        cast(sum(matches) as bigint) as matches,
        cast(sum(completions) as bigint) as completions,
        cast(sum(hours) as numeric(18, 4)) as hours,
        cast(sum(new_volunteers) as bigint) as new_volunteers,
        cast(sum(new_beneficiaries) as bigint) as new_beneficiaries
    from additions
    group by campaign_id, scope, metric_date

)

select
    *,
    cast(sum(activities) over to_date as bigint) as activities_to_date,
    cast(sum(sessions) over to_date as bigint) as sessions_to_date,
    cast(sum(matches) over to_date as bigint) as matches_to_date,
    cast(sum(completions) over to_date as bigint) as completions_to_date,
    cast(sum(hours) over to_date as numeric(18, 4)) as hours_to_date,
    cast(sum(new_volunteers) over to_date as bigint) as volunteers_to_date,
    cast(sum(new_beneficiaries) over to_date as bigint) as beneficiaries_to_date
from daily
window to_date as (
    partition by campaign_id, scope
    order by metric_date asc nulls first
)
