-- One row an activity of the closed books that is still there: what rules and people say
-- about it now. After the associations, which forget outdated inputs: were they to fail
-- once this is written, a change that is taken back meanwhile would stay in here.
-- depends_on: {{ ref('campaign_associations') }}
with

current_associations as (

    select * from {{ ref('int_current_associations') }}

),

locked as (

    select * from {{ ref('int_locked_associations') }}

)

select
    current_associations.activity_type,
    current_associations.activity_id,
    current_associations.decision,
    current_associations.campaign_id,
    current_associations.program_instance_id,
    current_associations.review_reason
from current_associations
inner join locked
    on
        current_associations.activity_type = locked.activity_type
        and current_associations.activity_id = locked.activity_id
