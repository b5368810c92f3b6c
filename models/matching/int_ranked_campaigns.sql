-- One row an activity and eligible campaign: its rank among the candidates, and by how
-- much it beats the next one.
{#- written out each time: a view of Spark's cannot name a window -#}
{% set candidates -%}
    (
            partition by scored.activity_type, scored.activity_id
            order by {{ candidate_order('scored') }}
        )
{%- endset %}
with

scored as (

    select * from {{ ref('int_scored_campaigns') }}

),

ranked as (

    select
        scored.*,
        row_number() over {{ candidates }} as candidate_rank,
        count(*) over (partition by scored.activity_type, scored.activity_id) as candidate_count,
        lead(scored.campaign_id) over {{ candidates }} as runner_up_campaign_id,
        scored.confidence - lead(scored.confidence) over {{ candidates }} as margin,
        scored.tag_similarity - lead(scored.tag_similarity) over {{ candidates }}
            as similarity_margin
    from scored

)

select
    *,
    {{ is_tied('is_placed', 'margin', 'similarity_margin') }} as is_tied
from ranked
