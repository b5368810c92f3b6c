-- One row a campaign: how ready its company is for more, and what to propose to it.
with

campaigns as (

    select * from {{ ref('campaign_metrics') }}

),

confirmed as (

    select * from {{ ref('int_campaign_upsells') }}
    where scope = 'confirmed'

),

with_pending as (

    select * from {{ ref('int_campaign_upsells') }}
    where scope = 'with_pending'

)

select
    campaigns.campaign_id,
    campaigns.company_id,
    {{ as_of_date() }} as as_of_date,
    confirmed.company_active_campaigns,
    campaigns.budget_utilisation,
    {{ side_by_side([
        'volunteer_utilisation', 'sessions_per_week', 'sroi', 'vis', 'is_upsell', 'score',
        'capacity_points', 'performance_points', 'engagement_points', 'spend_points',
        'missing_parts', 'recommendation',
    ]) }}
from campaigns
inner join confirmed
    on campaigns.campaign_id = confirmed.campaign_id
inner join with_pending
    on campaigns.campaign_id = with_pending.campaign_id
