-- What would other points or thresholds change? One row a change of band, decision,
-- campaign or instance, with the number of activities that it would happen to.
--
-- "campaign-association explain --rules FILE" does all of this in one go. By hand, build
-- the associations beside the real ones, with the day of the last build, then compare:
--
--   dbt build --full-refresh --select +campaign_associations
--     --exclude-resource-type test unit_test --target-path target/what_if
--     --vars '{schema_suffix: _what_if, as_of_date: 2026-06-30, auto_threshold: 85}'
--   dbt show --select compare_rules --limit 100
--   dbt show --select compare_rules_by_campaign --limit 100
--
-- and drop the schemas <target schema>_what_if and <target schema>_what_if_internal.
{% do check_vars() %}
with

compared as (

    {{ compared_associations() }}

)

select
    band_now,
    band_then,
    decision_now,
    decision_then,
    (campaign_now is distinct from campaign_then) as is_other_campaign,
    (instance_now is distinct from instance_then) as is_other_instance,
    count(*) as activities
from compared
group by
    band_now,
    band_then,
    decision_now,
    decision_then,
    is_other_campaign,
    is_other_instance
order by
    bool_or(is_different) desc,
    activities desc,
    band_now asc,
    band_then asc,
    decision_now asc,
    decision_then asc
