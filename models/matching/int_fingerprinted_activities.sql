-- One row an activity that this invocation looks at, with the fingerprint of what its own
-- row says. It is taken of all activities by every run, so nothing here may be costly or
-- keep PostgreSQL from working in parallel.
with

activities as (

    {{ wanted_activities() }}

),

rules as (

    select {{ row_hash(['rules_version']) }} as rules_hash
    from {{ ref('int_rules_version') }}

),

dated as (

    select
        *,
        coalesce(activity_date <= {{ as_of_date() }}, false) as is_due
    from activities

)

select
    *,
    {{ typed_row_hash(('id', 'activity_id'), [
        ('text', 'activity_type'), ('id', 'beneficiary_id'), ('id', 'volunteer_id'),
        ('text', 'program_type'), ('date', 'activity_date'), ('boolean', 'is_due'),
        ('json', 'skill_tags_json'),
    ], '(select rules_hash from rules)') }} as own_hash
from dated
{{ computed_once() }}
