-- One row a campaign that counts and month that its window touches. By company alone an
-- activity would find all the campaigns that the company ever had, only to drop most of
-- them by their dates.
with

campaigns as (

    select * from {{ ref('int_campaigns') }}
    where is_counting

),

months as (

    {{ fingerprint_month_rows() }}

)

select
    campaigns.campaign_id,
    months.first_date as campaign_month,
    campaigns.company_id,
    campaigns.status,
    campaigns.program_type,
    campaigns.group_tags,
    campaigns.start_date,
    campaigns.end_date
from campaigns
inner join months
    on
        campaigns.start_date < months.next_month
        and campaigns.end_date >= months.starts_on
