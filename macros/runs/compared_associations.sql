{# Every activity with its association as it is recorded (now) and as a build in scratch
   schemas says (then). How such a build is made: analyses/compare_rules. #}
{% macro compared_associations() -%}
    select
        activity_type,
        activity_id,
        recorded.campaign_id as campaign_now,
        proposed.campaign_id as campaign_then,
        recorded.program_instance_id as instance_now,
        proposed.program_instance_id as instance_then,
        recorded.confidence as confidence_now,
        proposed.confidence as confidence_then,
        recorded.band as band_now,
        proposed.band as band_then,
        recorded.decision as decision_now,
        proposed.decision as decision_then,
        (
            recorded.campaign_id is distinct from proposed.campaign_id
            or recorded.program_instance_id is distinct from proposed.program_instance_id
            or recorded.band is distinct from proposed.band
            or recorded.decision is distinct from proposed.decision
        ) as is_different
    from {{ ref('campaign_associations') }} as recorded
    full outer join {{ scratch_relation(none, 'campaign_associations') }} as proposed
        using (activity_type, activity_id)
{%- endmacro %}
