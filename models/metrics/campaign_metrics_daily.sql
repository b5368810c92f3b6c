-- One row a campaign and day, days without activity included: what happened on it, and
-- since the campaign began.
with

campaigns as (

    select * from {{ ref('campaign_metrics') }}

),

confirmed as (

    select * from {{ ref('int_campaign_daily_figures') }}
    where scope = 'confirmed'

),

with_pending as (

    select * from {{ ref('int_campaign_daily_figures') }}
    where scope = 'with_pending'

)

select
    campaigns.campaign_id,
    confirmed.metric_date,
    campaigns.company_id,
    {{ side_by_side([
        'activities', 'sessions', 'matches', 'completions', 'hours', 'new_volunteers',
        'new_beneficiaries', 'activities_to_date', 'sessions_to_date', 'matches_to_date',
        'completions_to_date', 'hours_to_date', 'volunteers_to_date',
        'beneficiaries_to_date',
    ]) }}
from campaigns
inner join confirmed
    on campaigns.campaign_id = confirmed.campaign_id
-- what has no date has no row of its own
inner join with_pending
    on
        confirmed.campaign_id = with_pending.campaign_id
        and confirmed.metric_date = with_pending.metric_date
