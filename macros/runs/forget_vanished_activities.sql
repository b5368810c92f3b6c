{# Associations of activities that are no more go with them. #}
{% macro forget_vanished_activities(associations) %}
    delete from {{ associations }} as recorded
    where not exists (
        select 1
        from {{ ref('int_activities_to_score') }} as activities
        where
            activities.activity_type = recorded.activity_type
            and activities.activity_id = recorded.activity_id
    )
{% endmacro %}
