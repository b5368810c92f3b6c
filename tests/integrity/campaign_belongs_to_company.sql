-- The association's campaign is paid for by the association's company.
select
    associations.activity_type,
    associations.activity_id,
    associations.company_id,
    associations.campaign_id
from {{ ref('campaign_associations') }} as associations
left join {{ ref('stg_platform__campaigns') }} as campaigns
    on associations.campaign_id = campaigns.campaign_id
left join {{ ref('int_locked_associations') }} as kept
    on
        associations.activity_type = kept.activity_type
        and associations.activity_id = kept.activity_id
where
    kept.activity_id is null
    and associations.campaign_id is not null
    and campaigns.company_id is distinct from associations.company_id
