-- One row a rate of the volunteer hour, with the years it is the nearest for: its own and
-- those without a rate of their own. Between two equally near rates the earlier counts.
with

rates as (

    select * from {{ ref('impact_rates') }}
    where rate = 'volunteer_hour'

),

neighbours as (

    select
        year,
        usd,
        lag(year) over (order by year) as previous_year,
        lead(year) over (order by year) as next_year
    from rates

)

select
    -- halves of sums of years round down, to the earlier year
    coalesce(cast(floor((previous_year + year) / 2.0) as integer) + 1, 0) as first_year,
    coalesce(cast(floor((year + next_year) / 2.0) as integer), 9999) as last_year,
    usd
from neighbours
