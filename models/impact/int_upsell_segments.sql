-- One row a stretch of an upsell curve: from a knot to the next, flat before the first
-- and after the last.
with

knots as (

    select
        part,
        x,
        points,
        lead(x) over (partition by part order by x) as next_x,
        lead(points) over (partition by part order by x) as next_points,
        row_number() over (partition by part order by x) as place
    from {{ ref('upsell_curves') }}

)

select
    part,
    cast(null as numeric(12, 6)) as from_x,
    x as to_x,
    points,
    0.0 as slope
from knots
where place = 1

union all

select
    part,
    x as from_x,
    next_x as to_x,
    points,
    coalesce((next_points - points) / (next_x - x), 0) as slope
from knots
