-- The points of the seed scoring_rules as one row, one column a signal.
with

rules as (

    select * from {{ ref('scoring_rules') }}

)

select
    {{ points_for('company_match') }} as company_match,
    {{ points_for('date_match') }} as date_match,
    {{ points_for('enrolled') }} as enrolled,
    {{ points_for('group_exact') }} as group_exact,
    {{ points_for('group_partial') }} as group_partial,
    {{ points_for('group_open') }} as group_open,
    {{ points_for('campaign_active') }} as campaign_active,
    {{ points_for('campaign_recruiting') }} as campaign_recruiting,
    {{ points_for('active_instance') }} as active_instance
from rules
