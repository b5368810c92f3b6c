-- Every activity that was scored, by this run or before, and is there still has its
-- association. (That none has two is the primary key's business.)
with

scored as (

    select
        activity_type,
        activity_id
    from {{ ref('int_activities_to_score') }}

    union

    select
        activity_type,
        activity_id
    from {{ ref('int_associated_inputs') }}

),

missing as (

    select scored.*
    from scored
    left join {{ ref('campaign_associations') }} as associations
        on
            scored.activity_type = associations.activity_type
            and scored.activity_id = associations.activity_id
    where associations.activity_id is null

)

select missing.*
from missing
inner join {{ ref('int_activities') }} as activities
    on
        missing.activity_type = activities.activity_type
        and missing.activity_id = activities.activity_id
