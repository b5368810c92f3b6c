-- One activity, what decides about it, and the association that the next run would
-- record for it. Compiled by the command explain: macros/runs/explaining.
{% do check_vars() %}
with

activities as (

    select * from {{ ref('int_activities_to_score') }}

),

details as (

    select * from {{ ref('int_activities') }}
    {{ only_explained_activity() }}

),

associations as (

    select * from {{ ref('int_current_associations') }}

),

best as (

    select
        *,
        program_instance_id as best_program_instance_id
    from {{ ref('int_best_candidates') }}

)

select
    activities.activity_type,
    activities.activity_id,
    activities.activity_date,
    activities.is_due,
    activities.program_type,
    details.hours,
    activities.beneficiary_id,
    activities.is_beneficiary_known,
    details.volunteer_id,
    activities.company_basis,
    {{ tag_count('activities.evidence_tags') }} as evidence_tag_count,
    best.best_program_instance_id,
    to_jsonb(associations) as association,
    case
        when associations.decision = 'review'
            then {{ steps_to_auto('associations', 'best') }}
    end as steps_to_auto
from activities
inner join details
    on
        activities.activity_type = details.activity_type
        and activities.activity_id = details.activity_id
inner join associations
    on
        activities.activity_type = associations.activity_type
        and activities.activity_id = associations.activity_id
left join best
    on
        activities.activity_type = best.activity_type
        and activities.activity_id = best.activity_id
