-- Which instance covers a date: one row a campaign, placed person and stretch of
-- days, with the best instance and how many cover the stretch. Without a person
-- (beneficiary_id NULL) all instances of the campaign compete; for a placed person
-- only those the person is placed in. Stretches of one competition never overlap, so
-- that a date finds one row at most.
with

united as (

    select
        cast(null as {{ id_type() }}) as beneficiary_id,
        cast(null as {{ dbt.type_string() }}) as placement_view,
        campaign_id,
        program_instance_id,
        start_date,
        end_date,
        created_at
    from {{ ref('int_fingerprinted_cohorts') }}

    union all

    select
        beneficiary_id,
        placement_view,
        campaign_id,
        program_instance_id,
        start_date,
        end_date,
        created_at
    from {{ ref('int_placements') }}

),

-- told apart by a fingerprint: three columns would be sorted and compared time and again
entered as (

    select
        *,
        {{ row_hash(['campaign_id', 'beneficiary_id', 'placement_view']) }} as competition
    from united

),

counted as (

    select
        *,
        count(*) over (partition by competition) as competitors
    from entered

),

-- most are alone and cover their own dates: only the others are compared
competitors as (

    select * from counted
    where competitors > 1

),

-- the set of covering instances can only change on these days
edges as (

    select
        competition,
        start_date as valid_from
    from competitors

    union

    select
        competition,
        {{ shift_date('end_date', 1) }} as valid_from
    from competitors

),

stretches as (

    select
        competition,
        valid_from,
        {{ shift_date('lead(valid_from) over (
            partition by competition order by valid_from
        )', -1) }} as valid_to
    from edges

),

ranked as (

    select
        competitors.beneficiary_id,
        competitors.placement_view,
        competitors.campaign_id,
        competitors.program_instance_id,
        row_number() over (
            partition by stretches.competition, stretches.valid_from
            order by {{ instance_order('competitors') }}
        ) as place,
        count(*) over (
            partition by stretches.competition, stretches.valid_from
        ) as covering_instances,
        stretches.valid_from,
        stretches.valid_to
    from stretches
    inner join competitors
        on
            stretches.competition = competitors.competition
            and stretches.valid_from between competitors.start_date and competitors.end_date

)

select
    beneficiary_id,
    placement_view,
    campaign_id,
    program_instance_id,
    covering_instances,
    valid_from,
    valid_to
from ranked
where place = 1

union all

select
    beneficiary_id,
    placement_view,
    campaign_id,
    program_instance_id,
    1 as covering_instances,
    start_date as valid_from,
    end_date as valid_to
from counted
where competitors = 1 and start_date <= end_date
