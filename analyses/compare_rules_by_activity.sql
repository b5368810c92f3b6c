-- Which activities would other points or thresholds change? One row an activity whose
-- band, decision, campaign or instance would be another. How to prepare it:
-- analyses/compare_rules.
with

compared as (

    {{ compared_associations() }}

)

select
    activity_type,
    activity_id,
    band_now,
    band_then,
    decision_now,
    decision_then,
    confidence_now,
    confidence_then,
    campaign_now,
    campaign_then
from compared
where is_different
order by
    abs(confidence_then - confidence_now) desc,
    activity_type asc,
    activity_id asc
