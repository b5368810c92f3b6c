-- One row an activity that may have to be scored: its own row is not as it was when it was
-- associated, or something about its people, decisions or locks. Whether it has to be
-- scored only the fingerprint of all of that tells.
{% set changed = ref('int_changed_facts') %}
with

activities as (

    select * from {{ ref('int_fingerprinted_activities') }}

),

recorded as (

    select * from {{ ref('int_associated_inputs') }}

)

{% if all_are_scored() -%}
select
    activities.*,
    cast(null as bigint) as recorded_hash
from activities
{%- else -%}
-- the fingerprint of an activity's own row tells which activity it is, too
select
    activities.*,
    recorded.input_hash as recorded_hash
from activities
left join recorded
    on activities.own_hash = recorded.own_hash
{%- if not is_backfill() %}
where
    {{ something_changed() }}
    and (
        recorded.own_hash is null
        or {{ may_be_among('activities.beneficiary_id', changed, 'user_id') }}
        or {{ may_be_among('activities.volunteer_id', changed, 'user_id') }}
        or {{ may_be_among('activities.activity_id', changed, 'activity_id') }}
    )
{%- endif %}
{%- endif %}
