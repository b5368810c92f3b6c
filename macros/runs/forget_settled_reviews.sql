{# What is no longer in review leaves the queue, and so does what is in closed books. #}
{% macro forget_settled_reviews(queue) %}
    delete from {{ queue }} as queued
    where not exists (
        select 1
        from {{ ref('campaign_associations') }} as associations
        where
            associations.activity_type = queued.activity_type
            and associations.activity_id = queued.activity_id
            and associations.decision = 'review'
    );

    delete from {{ queue }} as queued
    using {{ ref('int_locked_associations') }} as locked
    where
        queued.activity_type = locked.activity_type
        and queued.activity_id = locked.activity_id
{% endmacro %}
