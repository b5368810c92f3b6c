-- One row an instance that can cover a date, as this run sees it, with its fingerprint. A
-- table, so that fingerprints are of the very instances that are found by people and dates.
with

cohorts as (

    select * from {{ ref('int_cohorts') }}

)

select
    program_instance_id,
    campaign_id,
    program_type,
    start_date,
    end_date,
    created_at,
    {{ row_hash([
        'program_instance_id', 'campaign_id', 'program_type', 'start_date', 'end_date',
        'created_at',
    ]) }} as cohort_hash
from cohorts
