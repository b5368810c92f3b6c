-- One row an activity (activity_type, activity_id): the campaign and instance it belongs
-- to, as rules and people say.
with

associations as (

    select * from {{ ref('int_current_associations') }}

)

select associations.*
from associations
{% if is_incremental() %}
-- only what differs from what is recorded: a run without a change changes no row
left join {{ this }} as recorded
    on
        associations.activity_type = recorded.activity_type
        and associations.activity_id = recorded.activity_id
where {{ rows_differ('associations', 'recorded', recorded_columns(this, ['associated_at'])) }}
{% endif %}
