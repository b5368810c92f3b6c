{# What is no longer in review, or belongs to closed books, leaves the queue. #}
{% macro forget_settled_reviews(queue) %}
    delete from {{ queue }} as queued
    where
        not exists (
            select 1
            from {{ ref('campaign_associations') }} as associations
            where
                associations.activity_type = queued.activity_type
                and associations.activity_id = queued.activity_id
                and associations.decision = 'review'
        )
        or exists (
            select 1
            from {{ ref('int_locked_associations') }} as locked
            where
                locked.activity_type = queued.activity_type
                and locked.activity_id = queued.activity_id
        )
{% endmacro %}
