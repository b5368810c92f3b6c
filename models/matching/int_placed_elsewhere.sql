-- One row an activity whose beneficiary is placed, around that day, in another campaign
-- that could take it, but not in the best candidate.
with

best as (

    select * from {{ ref('int_first_candidates') }}
    where not is_placed

),

placements as (

    select * from {{ ref('int_placements') }}

)

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
