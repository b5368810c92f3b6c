{# What was said of closed books that were opened since would be old news, should they be
   closed again. #}
{% macro forget_opened_books(outcomes) %}
    delete from {{ outcomes }} as outcomes
    where not exists (
        select 1
        from {{ ref('int_locked_associations') }} as locked
        where
            locked.activity_type = outcomes.activity_type
            and locked.activity_id = outcomes.activity_id
    )
{% endmacro %}
