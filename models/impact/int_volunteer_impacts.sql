-- One row a campaign, volunteer and scope: the volunteer impact score (VIS) and its parts.
with

scopes as (

    {{ scopes() }}

),

activities as (

    select * from {{ ref('int_counted_activities') }}
    where volunteer_id is not null

),

scores as (

    select * from {{ ref('int_activity_scores') }}
    where volunteer_id is not null

),

engaged as (

    select
        activities.campaign_id,
        activities.volunteer_id,
        scopes.scope,
        count(*) as activities,
        count(*) filter (where {{ is_held_session('activities') }})
            as sessions,
        sum(activities.hours) as hours,
        min(activities.activity_date) filter (
            where {{ is_held_session('activities') }}
        ) as first_session_date,
        max(activities.activity_date) filter (
            where {{ is_held_session('activities') }}
        ) as last_session_date
    from activities
    inner join scopes
        on {{ is_in_scope('activities') }}
    group by activities.campaign_id, activities.volunteer_id, scopes.scope

),

scored as (

    select
        scores.campaign_id,
        scores.volunteer_id,
        scopes.scope,
        count(*) as outcome_scores,
        {{ improvement('avg(scores.score)') }} as improvement
    from scores
    inner join scopes
        on {{ is_in_scope('scores') }}
    group by scores.campaign_id, scores.volunteer_id, scopes.scope

),

-- sessions a month of 30 days; what lasted less counts as a month
paced as (

    select
        engaged.*,
        coalesce(scored.outcome_scores, 0) as outcome_scores,
        scored.improvement,
        coalesce(
            engaged.sessions * 30.0
            / greatest(
                30, {{ days_between('engaged.first_session_date', 'engaged.last_session_date') }}
            ),
            0
        ) as sessions_per_month
    from engaged
    left join scored
        on
            engaged.campaign_id = scored.campaign_id
            and engaged.volunteer_id = scored.volunteer_id
            and engaged.scope = scored.scope

),

parts as (

    select
        *,
        least(100, hours) as hours_points,
        case
            when sessions_per_month >= 8 then 100
            when sessions_per_month >= 4 then 75
            when sessions_per_month >= 2 then 50
            when sessions_per_month > 0 then 25
            else 0
        end as consistency_points,
        case
            when improvement >= 0.1 then least(100, (improvement - 0.1) * 100 / 0.9)
            else 0
        end as outcome_points
    from paced

),

weighed as (

    select
        *,
        cast(
            0.3 * hours_points + 0.3 * consistency_points + 0.4 * outcome_points
            as numeric(7, 4)
        ) as vis
    from parts

)

select
    *,
    case
        when vis >= 76 then 'exceptional'
        when vis >= 51 then 'high_impact'
        when vis >= 26 then 'contributing'
        else 'emerging'
    end as vis_band
from weighed
