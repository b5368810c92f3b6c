-- Every activity that was scored, by this run or before, and is there still has its
-- association. (That none has two is the primary key's business.)
with

scored as (

    select
        activity_type,
        activity_id
    from {{ ref('int_activities_to_score') }}

    union all

    select
        activity_type,
        activity_id
    from {{ ref('int_associated_inputs') }}

),

-- before activities are looked up, by a count a row: there are none, or few
missing as (

    select scored.*
    from scored
    left join {{ ref('campaign_associations') }} as associations
        on
            scored.activity_type = associations.activity_type
            and scored.activity_id = associations.activity_id
    where associations.activity_id is null
    {{ computed_once() }}

)

select distinct
    activity_type,
    activity_id
from missing
where
    (
        select count(*)
        from {{ ref('int_activities') }} as activities
        where
            activities.activity_type = missing.activity_type
            and activities.activity_id = missing.activity_id
    ) > 0
