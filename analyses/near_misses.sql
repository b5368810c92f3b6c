-- Which companies have activities just outside a campaign's window, and how far outside?
-- Windows that start late or end early show up here as many activities a few days off.
with

associations as (

    select * from {{ ref('campaign_associations') }}
    where unmatched_reason = 'no_campaign_on_date'

)

select
    company_id,
    count(*) as activities,
    count(*) filter (where near_miss_days <= 7) as within_a_week,
    count(*) filter (where near_miss_days <= 30) as within_a_month,
    min(near_miss_days) as nearest_days,
    min(activity_date) as first_date,
    max(activity_date) as last_date
from associations
group by company_id
order by within_a_week desc, activities desc
