{# A score and what it is made of, as columns of a relation. #}
{% macro score_columns(relation=none) -%}
    {%- set prefix = relation ~ '.' if relation else '' -%}
    {{ prefix ~ [
        'confidence', 'group_signal', 'points_company', 'points_date', 'points_group',
        'points_status', 'points_instance',
    ] | join(',\n    ' ~ prefix) }}
{%- endmacro %}
