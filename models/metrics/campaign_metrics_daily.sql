-- One row a campaign and day, days without activity included: what happened on it, and
-- since the campaign began.
with

campaigns as (

    select * from {{ ref('stg_platform__campaigns') }}

),

daily as (

    select * from {{ ref('int_campaign_daily_figures') }}
    where metric_date is not null

)

select
    campaigns.company_id,
    daily.*
from daily
inner join campaigns
    on daily.campaign_id = campaigns.campaign_id
