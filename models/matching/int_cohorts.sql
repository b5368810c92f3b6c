-- One row an instance that can cover a date, with what its campaign takes.
with

instances as (

    select * from {{ ref('stg_platform__program_instances') }}

),

campaigns as (

    select * from {{ ref('int_campaigns') }}

)

select
    instances.program_instance_id,
    instances.campaign_id,
    campaigns.program_type,
    instances.start_date,
    instances.end_date,
    instances.created_at
from instances
inner join campaigns
    on instances.campaign_id = campaigns.campaign_id
where instances.status in {{ covering_statuses() }}
