-- One row a cohort with dates of no use: without start, ending before it starts, or
-- partly outside its campaign's window. A cohort without end is open, no mistake.
with

campaigns as (

    select * from {{ ref('int_campaigns') }}
    where is_counting

),

compared as (

    select
        cohorts.program_instance_id,
        cohorts.campaign_id,
        cohorts.start_date,
        nullif(cohorts.end_date, {{ open_end() }}) as end_date,
        campaigns.start_date as window_start,
        campaigns.end_date as window_end,
        case
            when cohorts.start_date is null then 'instance_without_start'
            when cohorts.end_date < cohorts.start_date then 'instance_reversed'
            when campaigns.start_date > campaigns.end_date then null
            when
                cohorts.start_date < campaigns.start_date
                or cohorts.start_date > campaigns.end_date
                or (
                    cohorts.end_date > campaigns.end_date
                    and cohorts.end_date <> {{ open_end() }}
                )
                then 'instance_outside_window'
        end as warning
    from {{ ref('int_cohorts') }} as cohorts
    inner join campaigns
        on cohorts.campaign_id = campaigns.campaign_id

),

recorded as (

    select
        program_instance_id,
        count(*) as activities
    from {{ ref('campaign_associations') }}
    group by program_instance_id

)

select
    compared.warning,
    compared.campaign_id,
    compared.program_instance_id,
    cast(null as {{ id_type() }}) as other_campaign_id,
    compared.start_date as starts_on,
    compared.end_date as ends_on,
    coalesce(recorded.activities, 0) as activities,
    case compared.warning
        when 'instance_without_start'
            then 'the cohort has no start date, so it covers no day'
        when 'instance_reversed'
            then
                'the cohort ends on ' || {{ date_text('compared.end_date') }}
                || ', before it starts on ' || {{ date_text('compared.start_date') }}
                || ', so it covers no day'
        else
            'the cohort runs from ' || {{ date_text('compared.start_date') }}
            || coalesce(' to ' || {{ date_text('compared.end_date') }}, ' without end')
            || ', its campaign from ' || {{ date_text('compared.window_start') }}
            || ' to ' || {{ date_text('compared.window_end') }}
            || ': activities outside the campaign window cannot match'
    end as detail
from compared
left join recorded
    on compared.program_instance_id = recorded.program_instance_id
where compared.warning is not null
