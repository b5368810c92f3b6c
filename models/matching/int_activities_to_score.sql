-- One row an activity that this run has to score: what decides about it is not what its
-- association was computed from. A table, since a filter does not travel into the views
-- with window functions behind it.
with

inputs as (

    select * from {{ ref('int_activity_inputs') }}

),

recorded as (

    select * from {{ ref('int_associated_inputs') }}

)

select
    inputs.*,
    cast('{{ invocation_id }}' as {{ id_type() }}) as invocation_id
from inputs
{% if not explains_activity() %}
left join recorded
    on
        inputs.activity_type = recorded.activity_type
        and inputs.activity_id = recorded.activity_id
where inputs.input_hash is distinct from recorded.input_hash
{% endif %}
