-- The association's campaign is paid for by the association's company.
select
    associations.activity_type,
    associations.activity_id,
    associations.company_id,
    associations.campaign_id
from {{ ref('campaign_associations') }} as associations
left join {{ ref('stg_platform__campaigns') }} as campaigns
    on associations.campaign_id = campaigns.campaign_id
where
    associations.campaign_id is not null
    and campaigns.company_id is distinct from associations.company_id
