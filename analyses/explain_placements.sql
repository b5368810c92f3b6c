-- Where the beneficiary of one activity is placed, by enrolments and by decisions about
-- other activities, oldest first. Compiled by the command explain:
-- macros/runs/explaining.
with

activities as (

    select * from {{ ref('int_activities_to_score') }}

),

placements as (

    select * from {{ ref('int_placements') }}

)

select
    placements.campaign_id,
    placements.program_instance_id,
    placements.program_type,
    placements.start_date,
    placements.end_date,
    coalesce(
        activities.activity_date between placements.start_date and placements.end_date,
        false
    ) as covers_date
from activities
inner join placements
    on
        activities.beneficiary_id = placements.beneficiary_id
        and activities.placement_view = placements.placement_view
order by
    placements.start_date,
    placements.program_instance_id
