{# Associations of activities that are no more go with them, and so do their places in the
   queue and what is known of their inputs: should the activity come back, it is scored
   again. Closed books keep them. Looked for where scored and recorded activities, by now in
   one of both only, are not as many as there are; counting them is cheap. A backfill leaves
   it to the next run: it looks at what is in its scope alone. #}
{% macro forget_vanished_activities(associations) %}
{% if not is_backfill() %}
    {% set vanished %}
    select
        recorded.activity_type,
        recorded.activity_id
    from {{ associations }} as recorded
    where
        {{ changed_since_made() }}
        and (
            {{ records_are_incomplete() }}
            or (select count(*) from {{ ref('int_activities_to_score') }})
            + (select count(*) from {{ ref('int_associated_inputs') }})
            <> (select count(*) from {{ ref('int_activities') }})
        )
        and not exists (
            select 1
            from {{ ref('int_activities') }} as activities
            where
                activities.activity_type = recorded.activity_type
                and activities.activity_id = recorded.activity_id
        )
        and not exists (
            select 1
            from {{ ref('int_locked_associations') }} as locked
            where
                locked.activity_type = recorded.activity_type
                and locked.activity_id = recorded.activity_id
        )
    {% endset %}
    {% set known = [
        ref('int_activities_to_score'), ref('int_associated_inputs'), associations,
    ] %}
    {# by its name, since it is made of the associations: none before the first run #}
    {% set queue = load_cached_relation(
        associations.incorporate(path={'identifier': 'association_review_queue'})
    ) %}
    {{ delete_activities(([queue] if queue else []) + known, vanished) }}
{% endif %}
{% endmacro %}
