-- One row an activity and eligible campaign: its rank among the candidates, and by how
-- much it beats the next one; one row without a campaign where none is eligible. Of
-- candidates that nobody will look at, the first alone. Ids come first in the partition:
-- they tell rows apart at the first look, types hardly ever. A table of millions of rows,
-- so what is known of a campaign itself is left to int_campaigns.
{# written out each time: a view of Spark's cannot name a window -#}
{% set candidates = ['scored.activity_id, scored.activity_type', candidate_order('scored')] -%}
{% set in_order = ranking_window(*candidates) %}
with

scored as (

    select * from {{ ref('int_scored_campaigns') }}

),

ranked as (

    select
        scored.*,
        row_number() over {{ in_order }} as candidate_rank,
        -- people may have sent a marked one back to review
        first_value(not scored.is_marked and {{ is_beyond_doubt('scored') }}) over {{ in_order }}
            as is_settled,
        count(scored.campaign_id) over {{ counting_window(*candidates) }} as candidate_count,
        lead(scored.campaign_id) over {{ in_order }} as runner_up_campaign_id,
        scored.confidence - lead(scored.confidence) over {{ in_order }} as margin,
        scored.tag_similarity - lead(scored.tag_similarity) over {{ in_order }}
            as similarity_margin
    from scored

)

-- the rank comes first: most readers filter by it, and need no other column of most rows
select
    candidate_rank,
    activity_type,
    activity_id,
    beneficiary_id,
    placement_view,
    program_type,
    activity_date,
    company_basis,
    obstacle,
    company_user_id,
    only_company_id,
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
    {{ is_tied('is_placed', 'margin', 'similarity_margin') }} as is_tied
from ranked
where
    candidate_rank = 1
    or (campaign_id is not null and {{ 'true' if explains_activity() else 'not is_settled' }})
