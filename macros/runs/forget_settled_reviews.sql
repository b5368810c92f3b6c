{# What is no longer in review leaves the queue. #}
{% macro forget_settled_reviews(queue) %}
    delete from {{ queue }} as queued
    where not exists (
        select 1
        from {{ ref('campaign_associations') }} as associations
        where
            associations.activity_type = queued.activity_type
            and associations.activity_id = queued.activity_id
            and associations.decision = 'review'
    )
{% endmacro %}
