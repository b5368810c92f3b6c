-- The true campaigns: series that companies renew, their campaigns and cohorts.

-- one company's programme of one type for one group, renewed every period
create unlogged table series as
with drawn as (
    select
        series_number,
        template_kind.template,
        template_kind.program_type,
        case
            when series_number < %(companies)s then series_number
            -- large companies run more
            else floor(%(companies)s * draw('series_company', series_number) ^ 1.3)
        end::integer as company,
        draw('open_group', series_number) < %(open_group)s as is_open,
        (array[91, 91, 182, 182, 364])[1 + pick('period', series_number, 5)]
            as period_days,
        case
            when draw('long_standing', series_number) < 0.35 then 90
            else 680
        end as start_spread
    from generate_series(0, %(campaigns)s / 2 + %(companies)s) as series_number
    inner join template_kind
        on draw('template', series_number) >= template_kind.draw_from
        and draw('template', series_number) < template_kind.draw_below
),

-- a company cares about four groups, whatever the programme
with_group as (
    select
        drawn.*,
        case
            when is_open then 24
            else pick('focus', company * 4 + pick('focus_of', series_number, 4), 24)
        end as kind,
        %(as_of)s - 730 + pick('series_start', series_number, start_spread)
            as starts_on
    from drawn
),

with_renewals as (
    select
        with_group.*,
        row_number() over (
            partition by company, program_type, kind order by series_number
        ) as repetition,
        -- those that go on have their next campaign planned
        (%(as_of)s + 45 - starts_on) / period_days as possible_renewals
    from with_group
)

select
    with_renewals.*,
    case
        when draw('series_ended', series_number) < %(series_ended)s
            then pick('renewals', series_number, possible_renewals)
        else possible_renewals
    end as renewals
from with_renewals
where repetition = 1;
analyze series;

create unlogged table campaign as
with renewed as (
    select
        series.*,
        renewal,
        starts_on + renewal * period_days as start_date,
        renewal = renewals as is_last,
        series_number::bigint * 64 + renewal as campaign_key
    from series
    cross join generate_series(0, series.renewals) as renewal
),

dated as (
    select
        renewed.*,
        start_date + period_days - 1 + case
            when is_last then 0
            when draw('renewal_overlaps', campaign_key) < %(renewal_overlaps)s
                then 14 + pick('overlap', campaign_key, 8)
            else -3 - pick('gap', campaign_key, 12)
        end as end_date
    from renewed
    order by series_number, renewal
    limit %(campaigns)s
),

numbered as (
    select
        dated.*,
        row_number() over (order by campaign_key) as campaign_number,
        lead(start_date) over (partition by series_number order by renewal)
            as next_start,
        lag(end_date) over (partition by series_number order by renewal)
            as previous_end
    from dated
),

with_copies as (
    select
        numbered.*,
        copy,
        campaign_number + copy * 1000000 as number,
        draw('twin', campaign_number) < %(twin_campaign)s as has_twin
    from numbered
    -- copy 1 is a twin that runs as well, copy 2 a draft that never ran
    cross join generate_series(0, 2) as copy
    where
        copy = 0
        or (copy = 1 and draw('twin', campaign_number) < %(twin_campaign)s)
        or (copy = 2 and draw('draft_copy', campaign_number) < %(draft_copy)s)
)

select
    id_of('campaign', number) as campaign_id,
    number,
    campaign_number,
    copy,
    series_number,
    renewal,
    company,
    template,
    program_type,
    kind,
    is_open,
    start_date,
    end_date,
    next_start,
    previous_end,
    has_twin,
    copy < 2 and draw('inactive', number) < %(campaign_inactive)s as is_switched_off,
    copy < 2 and start_date <= %(as_of)s as has_started
from with_copies;
analyze campaign;

create unlogged table cohort as
with shaped as (
    select
        campaign.*,
        case
            when draw('shape', number) < %(parallel_cohorts)s then 'parallel'
            when draw('shape', number) < %(parallel_cohorts)s + %(sequential_cohorts)s
                then 'sequential'
            else 'single'
        end as shape
    from campaign
),

counted as (
    select
        shaped.*,
        case
            when shape = 'single' then 1
            when draw('cohorts', number) < 0.75 then 2
            else 3
        end as cohorts
    from shaped
),

spread as (
    select
        counted.*,
        cohort,
        number * 4 + cohort as cohort_number,
        case
            when shape = 'sequential'
                then start_date + (end_date - start_date + 1) * cohort / cohorts
            else start_date + 3 * cohort
        end as cohort_start,
        case
            when shape = 'sequential'
                then start_date - 1
                    + (end_date - start_date + 1) * (cohort + 1) / cohorts
            else end_date
        end as cohort_end
    from counted
    cross join generate_series(0, counted.cohorts - 1) as cohort
)

select
    id_of('cohort', cohort_number) as program_instance_id,
    cohort_number,
    cohort,
    shape,
    cohort_start,
    cohort_end,
    campaign_id,
    number as campaign,
    has_started and cohort_start <= %(as_of)s as has_started,
    next_start is null
    and cohort = cohorts - 1
    and draw('open_end', cohort_number) < %(cohort_open_end)s as is_open_ended,
    draw('cohort_paused', cohort_number) < %(cohort_paused)s as is_paused
from spread;
analyze cohort;
