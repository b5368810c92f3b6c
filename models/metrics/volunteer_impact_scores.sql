-- One row a campaign and volunteer of its activities: the volunteer impact score (VIS)
-- and what it is made of.
with

campaigns as (

    select * from {{ ref('campaign_metrics') }}

),

confirmed as (

    select * from {{ ref('int_volunteer_impacts') }}
    where scope = 'confirmed'

),

with_pending as (

    select * from {{ ref('int_volunteer_impacts') }}
    where scope = 'with_pending'

)

select
    with_pending.campaign_id,
    with_pending.volunteer_id,
    campaigns.company_id,
    {{ as_of_date() }} as as_of_date,
    {{ side_by_side(['activities', 'sessions', 'hours', 'outcome_scores'], default=0) }},
    {{ side_by_side([
        'first_session_date', 'last_session_date', 'sessions_per_month', 'improvement',
        'hours_points', 'consistency_points', 'outcome_points', 'vis', 'vis_band',
    ]) }}
from with_pending
inner join campaigns
    on with_pending.campaign_id = campaigns.campaign_id
left join confirmed
    on
        with_pending.campaign_id = confirmed.campaign_id
        and with_pending.volunteer_id = confirmed.volunteer_id
