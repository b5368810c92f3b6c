-- Every activity that this run had to score has its association. (That none has two is
-- the primary key's business.)
select
    activities.activity_type,
    activities.activity_id
from {{ ref('int_activities_to_score') }} as activities
left join {{ ref('campaign_associations') }} as associations
    on
        activities.activity_type = associations.activity_type
        and activities.activity_id = associations.activity_id
where associations.activity_id is null
