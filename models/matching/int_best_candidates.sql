-- One row an activity to score that has a candidate: the best one, its band, and
-- whether the beneficiary's placement elsewhere casts doubt on it.
with

best as (

    select * from {{ ref('int_ranked_campaigns') }}
    where candidate_rank = 1

),

placements as (

    select * from {{ ref('int_placements') }}

),

-- placed, around that day, in another campaign that could take the activity
placed_elsewhere as (

    select distinct
        best.activity_type,
        best.activity_id
    from best
    inner join placements
        on
            best.beneficiary_id = placements.beneficiary_id
            and best.placement_view = placements.placement_view
            and best.campaign_id <> placements.campaign_id
            and {{ takes_program_type('placements.program_type', 'best.program_type') }}
            and {{ within_grace('best.activity_date', 'placements') }}
    where not best.is_placed

)

select
    best.*,
    {{ band('best.confidence') }} as band,
    placed_elsewhere.activity_id is not null as is_placed_elsewhere
from best
left join placed_elsewhere
    on
        best.activity_type = placed_elsewhere.activity_type
        and best.activity_id = placed_elsewhere.activity_id
