-- One row an activity that this run has to score: what decides about it is not what its
-- association was computed from. A table, since a filter does not travel into the views
-- with window functions behind it.
with

inputs as (

    select * from {{ ref('int_activity_inputs') }}

),

changed as (

    select
        inputs.*,
        case
            when inputs.skill_tags_json is null then {{ no_tags() }}
            else {{ tag_set('inputs.skill_tags_json') }}
        end as skill_tags
    from inputs
    {% if not all_are_scored() %}
    where inputs.input_hash is distinct from inputs.recorded_hash
    {% endif %}
    {{ computed_once() }}

)

select
    activity_type,
    activity_id,
    beneficiary_id,
    is_beneficiary_known,
    program_type,
    activity_date,
    is_due,
    campaign_month,
    company_basis,
    company_user_id,
    only_company_id,
    case
        when activity_date is null then 'missing_date'
        when not is_due then 'future_dated'
        when not is_beneficiary_known then 'unknown_beneficiary'
        when company_basis is null then 'missing_company'
    end as obstacle,
    {{ tag_union('beneficiary_tags', 'skill_tags') }} as evidence_tags,
    placement_view,
    is_marked,
    own_hash,
    input_hash,
    cast('{{ invocation_id }}' as {{ id_type() }}) as invocation_id
from changed
