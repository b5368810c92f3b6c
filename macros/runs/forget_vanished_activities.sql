{# Associations of activities that are no more go with them, and so does what is known
   of their inputs: should the activity come back, it is scored again. #}
{% macro forget_vanished_activities(associations) %}
    with

    vanished as (

        delete from {{ associations }} as recorded
        where not exists (
            select 1
            from {{ ref('int_activities') }} as activities
            where
                activities.activity_type = recorded.activity_type
                and activities.activity_id = recorded.activity_id
        )
        returning recorded.activity_type, recorded.activity_id

    ),

    unscored as (

        delete from {{ ref('int_activities_to_score') }} as inputs
        using vanished
        where
            inputs.activity_type = vanished.activity_type
            and inputs.activity_id = vanished.activity_id

    )

    delete from {{ ref('int_associated_inputs') }} as inputs
    using vanished
    where
        inputs.activity_type = vanished.activity_type
        and inputs.activity_id = vanished.activity_id
{% endmacro %}
