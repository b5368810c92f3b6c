-- One row an activity to score that has a candidate: the first in rank. A table of these
-- alone, and of no more columns than it takes: all candidates of all activities would be
-- twice as many rows to sort and write, and what else is known of a campaign is looked up.
with

ranked as (

    select * from {{ ref('int_ranked_campaigns') }}

)

select
    activity_type,
    activity_id,
    beneficiary_id,
    placement_view,
    program_type,
    activity_date,
    campaign_id,
    program_instance_id,
    is_placed,
    cohort_ambiguous,
    shared_tags,
    evidence_tag_count,
    group_tag_count,
    group_signal,
    tag_similarity,
    points_company,
    points_date,
    points_group,
    points_status,
    points_instance,
    confidence,
    candidate_count,
    runner_up_campaign_id,
    margin,
    is_tied
from ranked
where candidate_rank = 1
