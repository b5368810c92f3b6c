-- The seeds behind the metrics have each key once and no value that makes no sense. Each
-- row of the result says what to mend.
with

rates as (

    select
        'impact_rates' as seed,
        rate || coalesce(' ' || year, '') as entry,
        usd is null or usd < 0 as is_wrong
    from {{ ref('impact_rates') }}

),

currencies as (

    select
        'currency_rates' as seed,
        currency || ' ' || year as entry,
        usd_per_unit is null or usd_per_unit <= 0 or currency <> upper(currency) as is_wrong
    from {{ ref('currency_rates') }}

),

dimensions as (

    select
        'outcome_dimensions' as seed,
        dimensions.dimension as entry,
        rates.rate is null as is_wrong
    from {{ ref('outcome_dimensions') }} as dimensions
    left join {{ ref('impact_rates') }} as rates
        on
            dimensions.outcome = rates.rate
            and rates.year is null

),

curves as (

    select
        'upsell_curves' as seed,
        part || ' ' || x as entry,
        part not in ('capacity', 'engagement', 'spend') or points not between 0 and 100
            as is_wrong
    from {{ ref('upsell_curves') }}

),

-- what the models cannot do without
needed as (

    select
        'impact_rates' as seed,
        'volunteer_hour' as entry,
        count(*) filter (where rate = 'volunteer_hour' and year is not null) = 0
        or count(*) filter (where rate = 'volunteer_hour' and year is null) > 0 as is_wrong
    from {{ ref('impact_rates') }}

),

entries as (

    select * from rates
    union all
    select * from currencies
    union all
    select * from dimensions
    union all
    select * from curves

)

select
    seed,
    entry,
    'seeds/' || seed || '.csv: ' || coalesce(entry, 'a row with an empty key') || ' is there '
    || count(*) || ' times: keep one row' as problem
from entries
group by seed, entry
having count(*) > 1

union all

select
    seed,
    entry,
    'seeds/' || seed || '.csv: ' || coalesce(entry, 'a row with an empty key')
    || ' has a value that makes no sense: see seeds/' || seed || '.yml' as problem
from entries
where entry is null or is_wrong is not false

union all

select
    seed,
    entry,
    'seeds/' || seed || '.csv: ' || entry || ' needs rows with a year, and only such'
        as problem
from needed
where is_wrong
