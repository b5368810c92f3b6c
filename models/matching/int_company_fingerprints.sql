-- One row a company with campaigns that count and month: the fingerprint of all in them
-- that can change an association of an activity in that month. Of a window outside the
-- month only its distance matters, and only that of the nearest before and after.
with

campaigns as (

    select * from {{ ref('int_campaigns') }}
    where is_counting

),

cohorts as (

    select
        campaign_id,
        {{ hash_sum('cohort_hash') }} as cohorts_hash
    from {{ ref('int_fingerprinted_cohorts') }}
    group by campaign_id

),

fingerprints as (

    select
        campaigns.company_id,
        campaigns.start_date,
        campaigns.end_date,
        -- one that ends before it starts is near to nothing
        campaigns.start_date <= campaigns.end_date as has_window,
        {{ row_hash([
            'campaigns.campaign_id', 'campaigns.status', 'campaigns.program_type',
            'campaigns.group_tags', 'campaigns.start_date', 'campaigns.end_date',
            'cohorts.cohorts_hash',
        ]) }} as campaign_hash
    from campaigns
    left join cohorts
        on campaigns.campaign_id = cohorts.campaign_id
    {{ computed_once() }}

),

months as (

    {{ fingerprint_month_rows() }}

),

summed as (

    select
        fingerprints.company_id,
        months.first_date as campaign_month,
        {{ hash_sum('fingerprints.campaign_hash') }} filter (
            where
            not fingerprints.has_window
            or (
                fingerprints.start_date < months.next_month
                and fingerprints.end_date >= months.starts_on
            )
        ) as overlapping_hash,
        max(fingerprints.end_date) filter (
            where fingerprints.has_window and fingerprints.end_date < months.starts_on
        ) as nearest_before,
        min(fingerprints.start_date) filter (
            where fingerprints.has_window and fingerprints.start_date >= months.next_month
        ) as nearest_after
    from fingerprints
    cross join months
    group by
        fingerprints.company_id,
        months.first_date

)

select
    company_id,
    campaign_month,
    {{ row_hash(['company_id', 'campaign_month']) }} as company_month,
    {{ row_hash(['overlapping_hash', 'nearest_before', 'nearest_after']) }} as campaigns_hash
from summed
