-- One row an activity and eligible campaign: its rank among the candidates, and by how
-- much it beats the next one.
with

scored as (

    select * from {{ ref('int_scored_campaigns') }}

),

ranked as (

    select
        *,
        row_number() over candidates as candidate_rank,
        count(*) over (partition by activity_type, activity_id) as candidate_count,
        lead(campaign_id) over candidates as runner_up_campaign_id,
        confidence - lead(confidence) over candidates as margin,
        tag_similarity - lead(tag_similarity) over candidates as similarity_margin
    from scored
    window
        candidates as (
            partition by activity_type, activity_id
            order by {{ candidate_order('scored') }}
        )

)

select
    *,
    {{ is_tied('is_placed', 'margin', 'similarity_margin') }} as is_tied
from ranked
