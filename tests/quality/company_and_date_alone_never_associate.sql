-- With these points, would an activity that shares no tag with the group, and whose
-- beneficiary is placed nowhere, be associated automatically?
{{ config(severity='warn') }}

select
    'points of company and date alone' as figure,
    {{ points_without_group('points') }} as value,
    'auto_threshold' as threshold_name,
    {{ var('auto_threshold') }} as threshold,
    cast(null as bigint) as activities,
    {{ band(points_without_group('points')) }} = 'high' as is_missed
from {{ ref('int_scoring_points') }} as points
