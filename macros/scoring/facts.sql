{# What the rules take from a row of the platform: for the models, which read all rows, and
   for the ingestion triggers, which look at one. #}

{# When a session took place: when it was held, else when it is to be. #}
{% macro session_moment(completed_at, scheduled_at) -%}
    coalesce({{ completed_at }}, {{ scheduled_at }})
{%- endmacro %}


{# The program type that an activity other than a session is of. #}
{% macro fixed_program_type(activity_type) -%}
    '{{ {"match": "buddy", "completion": "upskilling"}[activity_type] }}'
{%- endmacro %}


{# Whether a row about a course is an activity. #}
{% macro is_completion(status) -%}
    {{ status }} = 'completed'
{%- endmacro %}


{# The program type that a campaign takes, NULL = all. #}
{% macro taken_program_type(template_type) -%}
    {%- if var('require_program_type') -%}
        nullif({{ template_type }}, 'weei')
    {%- else -%}
        cast(null as {{ dbt.type_string() }})
    {%- endif -%}
{%- endmacro %}


{# Whether a campaign can be anybody's at all. #}
{% macro is_counting(campaign) -%}
    {{ campaign }}.is_active
    and coalesce({{ campaign }}.status <> 'draft', false)
{%- endmacro %}


{# The last day of an instance; without an end it stays open. #}
{% macro instance_end(end_date) -%}
    coalesce({{ finite_date(end_date) }}, {{ open_end() }})
{%- endmacro %}
