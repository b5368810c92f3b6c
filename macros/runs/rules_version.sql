{# Vars that change an association. Together with the points they are the version
   of the rules. as_of_date is no rule: the same rules hold on every day. #}
{% macro rule_vars_text() -%}
    {%- set names = [
        'auto_threshold', 'decisions_teach', 'placement_grace_days',
        'reporting_time_zone', 'require_program_type', 'review_threshold',
        'tie_similarity', 'use_enrollments',
    ] -%}
    {%- for name in names -%}
        {{- name }}={{ var(name) | string | lower | replace("'", '') }};
    {%- endfor -%}
{%- endmacro %}
