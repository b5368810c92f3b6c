-- One row a campaign and scope that has activities: how many, of which kind, and what
-- they cost.
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
    count(*) as activities,
    count(*) filter (where {{ is_held_session('activities') }})
        as sessions,
    count(*) filter (where activities.activity_type = 'match') as matches,
    count(*) filter (where activities.activity_type = 'completion') as completions,
    count(*) filter (
        where
        {{ is_held_session('activities') }}
        and {{ is_in_last_28_days('activities.activity_date') }}
    ) as recent_sessions,
    sum(activities.hours) as hours,
    sum(activities.hours_usd) as hours_usd
from activities
inner join scopes
    on {{ is_in_scope('activities') }}
group by activities.campaign_id, scopes.scope
