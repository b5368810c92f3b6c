-- One row a campaign and day: what the day added, and what it comes to since the campaign
-- began, in both scopes. What has no known date is in rows without a day, there from the
-- first day on.
with

days as (

    select * from {{ ref('int_campaign_days') }}

),

activities as (

    select
        *,
        {{ is_held_session('counted') }} as is_session,
        counted.activity_type = 'match' as is_match,
        counted.activity_type = 'completion' as is_completion
    from {{ ref('int_counted_activities') }} as counted

),

people as (

    select
        *,
        person_role = 'volunteer' as is_volunteer
    from {{ ref('int_campaign_people') }}

),

active as (

    select
        campaign_id,
        activity_date as metric_date,
        count(*) filter (where is_confirmed) as activities_confirmed,
        count(*) as activities_with_pending,
        count(*) filter (where is_session and is_confirmed) as sessions_confirmed,
        count(*) filter (where is_session) as sessions_with_pending,
        count(*) filter (where is_match and is_confirmed) as matches_confirmed,
        count(*) filter (where is_match) as matches_with_pending,
        count(*) filter (where is_completion and is_confirmed) as completions_confirmed,
        count(*) filter (where is_completion) as completions_with_pending,
        sum(hours) filter (where is_confirmed) as hours_confirmed,
        sum(hours) as hours_with_pending
    from activities
    group by campaign_id, activity_date

),

arrived as (

    select
        campaign_id,
        first_date as metric_date,
        count(*) filter (where is_volunteer and scope = 'confirmed')
            as new_volunteers_confirmed,
        count(*) filter (where is_volunteer and scope = 'with_pending')
            as new_volunteers_with_pending,
        count(*) filter (where not is_volunteer and scope = 'confirmed')
            as new_beneficiaries_confirmed,
        count(*) filter (where not is_volunteer and scope = 'with_pending')
            as new_beneficiaries_with_pending
    from people
    group by campaign_id, first_date

),

-- days without activity are there, and what has no day joins none
daily as (

    select * -- noqa: RF02
    from days
    full outer join active using (campaign_id, metric_date) -- noqa: ST07
    full outer join arrived using (campaign_id, metric_date) -- noqa: ST07

)

select
    campaign_id,
    metric_date,
    {{ added_and_to_date([
        'activities', 'sessions', 'matches', 'completions', 'hours', 'new_volunteers',
        'new_beneficiaries',
    ]) }}
from daily
