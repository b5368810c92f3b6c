{# The command backfill builds with the internal var is_backfill: true. Then only the
   activities in a view of association_ops are scored; what is known of all the others
   stays as it is. #}
{% macro is_backfill() %}
    {{ return(var('is_backfill', false)) }}
{% endmacro %}


{# The activities that an invocation looks at: all in a run, the one that is explained, or
   those of a backfill. These are looked up one by one: a join would read all of the
   platform's activities for every chunk. #}
{% macro wanted_activities() -%}
    {%- if is_backfill() -%}
    select activities.*
    from {{ source('association_ops', 'activities_to_backfill') }} as wanted
    cross join lateral (
        select *
        from {{ ref('int_activities') }}
        where
            activity_type = wanted.activity_type
            and activity_id = wanted.activity_id
        order by activity_id
        limit 1
    ) as activities
    {%- else -%}
    select * from {{ ref('int_activities') }}
    {{ only_explained_activity() }}
    {%- endif -%}
{%- endmacro %}
