-- One row an activity that people decided, with what the decision comes to now: it
-- holds while its instance exists; a rejection always does.
with

decisions as (

    select * from {{ ref('int_current_decisions') }}

),

instances as (

    select * from {{ ref('stg_platform__program_instances') }}

),

campaigns as (

    select * from {{ ref('stg_platform__campaigns') }}

)

select
    decisions.activity_type,
    decisions.activity_id,
    decisions.decision,
    coalesce(
        decisions.decision = 'rejected' or instances.program_instance_id is not null,
        false
    ) as holds,
    instances.program_instance_id,
    instances.campaign_id,
    campaigns.company_id
from decisions
left join instances
    on decisions.program_instance_id = instances.program_instance_id
left join campaigns
    on instances.campaign_id = campaigns.campaign_id
