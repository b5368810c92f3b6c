{# An activity as one text, where two columns would be in the way. #}
{% macro activity_key(relation) -%}
    {{ relation }}.activity_type || ':' || cast({{ relation }}.activity_id as text)
{%- endmacro %}
