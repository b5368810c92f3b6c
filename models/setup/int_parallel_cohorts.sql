-- One row a campaign with cohorts that share days of its window and that nobody is
-- enrolled in: which of them an activity belongs to is a guess.
with

campaigns as (

    select * from {{ ref('int_campaigns') }}
    where is_counting

),

cohorts_with_people as (

    select distinct program_instance_id
    from {{ ref('stg_platform__program_enrollments') }}
    where {{ places_person('status') }}

),

cohorts_without_people as (

    select cohorts.*
    from {{ ref('int_cohorts') }} as cohorts
    left join cohorts_with_people
        on cohorts.program_instance_id = cohorts_with_people.program_instance_id
    where cohorts_with_people.program_instance_id is null

),

-- each pair twice, so that either cohort is counted
pairs as (

    select
        campaigns.campaign_id,
        cohorts.program_instance_id,
        greatest(
            cohorts.start_date, rivals.start_date, campaigns.start_date
        ) as starts_on,
        least(cohorts.end_date, rivals.end_date, campaigns.end_date) as ends_on
    from campaigns
    inner join cohorts_without_people as cohorts
        on campaigns.campaign_id = cohorts.campaign_id
    inner join cohorts_without_people as rivals
        on
            campaigns.campaign_id = rivals.campaign_id
            and cohorts.program_instance_id <> rivals.program_instance_id
    where
        campaigns.start_date is not null
        and campaigns.end_date is not null
        and cohorts.start_date <= cohorts.end_date
        and rivals.start_date <= rivals.end_date

),

parallel as (

    select
        campaign_id,
        count(distinct program_instance_id) as cohorts,
        min(starts_on) as starts_on,
        max(ends_on) as ends_on
    from pairs
    where starts_on <= ends_on
    group by campaign_id

),

guesses as (

    select
        campaign_id,
        count(*) as activities
    from {{ ref('campaign_associations') }}
    where cohort_ambiguous
    group by campaign_id

)

select
    'parallel_cohorts' as warning,
    parallel.campaign_id,
    cast(null as {{ id_type() }}) as program_instance_id,
    cast(null as {{ id_type() }}) as other_campaign_id,
    parallel.starts_on,
    parallel.ends_on,
    coalesce(guesses.activities, 0) as activities,
    parallel.cohorts || ' cohorts share days between '
    || {{ date_text('parallel.starts_on') }} || ' and '
    || {{ date_text('parallel.ends_on') }}
    || ', and nobody is enrolled in them: which one an activity belongs to is a guess'
        as detail
from parallel
left join guesses
    on parallel.campaign_id = guesses.campaign_id
