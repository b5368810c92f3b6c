-- Would a company and a date alone be enough for an association by the proposed rules? One
-- row. How to prepare it: analyses/compare_rules.
select
    {{ points_without_group('points') }} as points,
    {{ var('auto_threshold') }} as threshold,
    {{ band(points_without_group('points')) }} = 'high' as is_warned
from {{ scratch_relation('internal', 'int_scoring_points') }} as points
