-- An instance that would be written is one of the association's campaign.
select
    associations.activity_type,
    associations.activity_id,
    associations.campaign_id,
    associations.program_instance_id
from {{ ref('campaign_associations') }} as associations
left join {{ ref('stg_platform__program_instances') }} as instances
    on associations.program_instance_id = instances.program_instance_id
left join {{ ref('int_locked_associations') }} as kept
    on
        associations.activity_type = kept.activity_type
        and associations.activity_id = kept.activity_id
where
    kept.activity_id is null
    and associations.program_instance_id is not null
    and instances.campaign_id is distinct from associations.campaign_id
