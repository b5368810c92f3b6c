-- One row an activity of the closed books: its association as it was when they were
-- closed, in the shape of campaign_associations.
with

locked as (

    select * from {{ source('association_ops', 'locked_associations') }}

)

select
    activity_type,
    activity_id,
    activity_date,
    company_id,
    company_basis,
    beneficiary_id,
    campaign_id,
    program_instance_id,
    confidence,
    points_company,
    points_date,
    points_group,
    points_status,
    points_instance,
    group_signal,
    tag_similarity,
    is_placed,
    is_tied,
    is_placed_elsewhere,
    cohort_ambiguous,
    band,
    decision,
    review_reason,
    unmatched_reason,
    near_miss_days,
    candidate_count,
    runner_up_campaign_id,
    margin,
    match_reasons,
    rules_version,
    associated_at
from locked
