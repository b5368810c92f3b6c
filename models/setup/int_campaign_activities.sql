-- One row a campaign that activities are recorded for: how many.
with

associations as (

    select * from {{ ref('campaign_associations') }}

)

select
    campaign_id,
    count(*) as activities
from associations
where campaign_id is not null
group by campaign_id
