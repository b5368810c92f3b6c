-- One row an activity and eligible campaign: its rank among the candidates, and by how
-- much it beats the next one. Ids come first in the partition: they tell rows apart at
-- the first look, types hardly ever.
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
        count(*) over {{ counting_window(*candidates) }} as candidate_count,
        lead(scored.campaign_id) over {{ in_order }} as runner_up_campaign_id,
        scored.confidence - lead(scored.confidence) over {{ in_order }} as margin,
        scored.tag_similarity - lead(scored.tag_similarity) over {{ in_order }}
            as similarity_margin
    from scored

)

select
    *,
    {{ is_tied('is_placed', 'margin', 'similarity_margin') }} as is_tied
from ranked
