-- One row a campaign (none: the rules themselves) and set-up that keeps its activities
-- from being associated well, with the other campaign, the cohort and the days it is about.
with

campaigns as (

    select * from {{ ref('int_campaigns') }}

),

warnings as (

    select * from {{ ref('int_twin_campaigns') }}
    union all
    select * from {{ ref('int_parallel_cohorts') }}
    union all
    select * from {{ ref('int_unmatchable_groups') }}
    union all
    select * from {{ ref('int_window_gaps') }}
    union all
    select * from {{ ref('int_misdated_cohorts') }}
    union all
    select * from {{ ref('int_incomplete_campaigns') }}
    union all
    select * from {{ ref('int_weak_points') }}

)

select
    campaigns.company_id,
    warnings.campaign_id,
    warnings.warning,
    warnings.program_instance_id,
    warnings.other_campaign_id,
    warnings.starts_on,
    warnings.ends_on,
    warnings.activities,
    warnings.detail
from warnings
left join campaigns
    on warnings.campaign_id = campaigns.campaign_id
