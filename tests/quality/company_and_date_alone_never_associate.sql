-- With these points, would an activity that shares no tag with the group, and whose
-- beneficiary is placed nowhere, be associated automatically?
{{ config(severity='warn') }}

select
    'points of company and date alone' as figure,
    company_match + date_match
    + greatest(campaign_active, campaign_recruiting) + active_instance as value,
    'auto_threshold' as threshold_name,
    {{ var('auto_threshold') }} as threshold,
    cast(null as bigint) as activities,
    company_match + date_match
    + greatest(campaign_active, campaign_recruiting) + active_instance
    >= {{ var('auto_threshold') }} as is_missed
from {{ ref('int_scoring_points') }}
