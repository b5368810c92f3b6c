{# What is no longer in review leaves the queue, and so does what is in closed books: only
   what was scored can have come to that. Vanished activities have left it with their
   associations. A queue made anew holds nothing of either. #}
{% macro forget_settled_reviews(queue) %}
    {% set settled %}
    select
        queued.activity_type,
        queued.activity_id
    from {{ queue }} as queued
    inner join {{ ref('int_activities_to_score') }} as activities
        on
            queued.activity_type = activities.activity_type
            and queued.activity_id = activities.activity_id
    left join {{ ref('campaign_associations') }} as associations
        on
            queued.activity_type = associations.activity_type
            and queued.activity_id = associations.activity_id
            and associations.decision = 'review'
    left join {{ ref('int_locked_associations') }} as locked
        on
            queued.activity_type = locked.activity_type
            and queued.activity_id = locked.activity_id
    where
        {{ 'true' if is_incremental() else 'false' }}
        and (associations.activity_id is null or locked.activity_id is not null)
    {% endset %}
    {{ delete_activities([queue], settled) }}
{% endmacro %}
