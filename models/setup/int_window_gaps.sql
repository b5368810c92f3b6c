-- One row a campaign and run of days in its window that no cohort covers: its activities
-- of these days have no cohort to be written back.
with

campaigns as (

    select * from {{ ref('int_campaigns') }}
    where is_counting and start_date <= end_date

),

-- a cohort ends a gap, and so does the end of the window
ends_of_gaps as (

    select
        campaigns.campaign_id,
        campaigns.start_date as window_start,
        cohorts.start_date as covered_from,
        cohorts.end_date as covered_to
    from campaigns
    inner join {{ ref('int_cohorts') }} as cohorts
        on campaigns.campaign_id = cohorts.campaign_id
    where
        cohorts.start_date <= cohorts.end_date
        and cohorts.start_date <= campaigns.end_date

    union all

    select
        campaign_id,
        start_date as window_start,
        {{ shift_date('end_date', 1) }} as covered_from,
        {{ shift_date('end_date', 1) }} as covered_to
    from campaigns

),

-- from the day after all earlier cohorts to the day before the next
runs as (

    select
        campaign_id,
        greatest(
            window_start,
            {{ shift_date('max(covered_to) over (
                partition by campaign_id order by covered_from
                rows between unbounded preceding and 1 preceding
            )', 1) }}
        ) as starts_on,
        {{ shift_date('covered_from', -1) }} as ends_on
    from ends_of_gaps

),

gaps as (

    select
        runs.campaign_id,
        runs.starts_on,
        runs.ends_on,
        count(associations.activity_id) as activities
    from runs
    left join {{ ref('campaign_associations') }} as associations
        on
            runs.campaign_id = associations.campaign_id
            and associations.points_instance = 0
            and associations.activity_date between runs.starts_on and runs.ends_on
    where runs.starts_on <= runs.ends_on
    group by
        runs.campaign_id,
        runs.starts_on,
        runs.ends_on

)

select
    'window_without_instance' as warning,
    campaign_id,
    cast(null as {{ id_type() }}) as program_instance_id,
    cast(null as {{ id_type() }}) as other_campaign_id,
    starts_on,
    ends_on,
    activities,
    'no cohort covers ' || {{ span_text('starts_on', 'ends_on') }}
    || ' of the window: its activities cannot be associated automatically' as detail
from gaps
