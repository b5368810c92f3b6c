-- One row an activity to score that has a candidate: the best one, its band, and
-- whether the beneficiary's placement elsewhere casts doubt on it.
with

best as (

    select * from {{ ref('int_ranked_campaigns') }}
    where candidate_rank = 1

),

placed_elsewhere as (

    select * from {{ ref('int_placed_elsewhere') }}

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
