-- One row a campaign: what was spent, in US dollars of the year the campaign began. NULL
-- where the amount or the rate is not known; nothing spent is nothing in any currency.
with

campaigns as (

    select * from {{ ref('stg_platform__campaigns') }}

),

rates as (

    select * from {{ ref('currency_rates') }}

)

select
    campaigns.campaign_id,
    case
        when campaigns.budget_spent = 0 then 0
        when campaigns.currency = 'USD' then campaigns.budget_spent
        else campaigns.budget_spent * rates.usd_per_unit
    end as budget_spent_usd
from campaigns
left join rates
    on
        campaigns.currency = rates.currency
        and extract(year from campaigns.start_date) = rates.year
