{# An activity as one text, where two columns would be in the way. #}
{% macro activity_key(relation) -%}
    {{ relation }}.activity_type || ':' || cast({{ relation }}.activity_id as {{ dbt.type_string() }})
{%- endmacro %}


{# Whether a decision places its beneficiary, as evidence for other activities. #}
{% macro teaches(decision) -%}
    {{ var('decisions_teach') }} and {{ decision }} in ('accepted', 'reassigned')
{%- endmacro %}


{# The decisions by which an activity counts for its campaign. #}
{% macro confirming_decisions() -%}
    ('auto', 'accepted', 'reassigned')
{%- endmacro %}


{# The decisions that a person took. #}
{% macro human_decisions() -%}
    ('accepted', 'reassigned', 'rejected')
{%- endmacro %}
