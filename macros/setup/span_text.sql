{# A run of days in words: 2026-03-01 to 2026-03-31 (31 days). #}
{% macro span_text(first_date, last_date) -%}
    {{ date_text(first_date) }}
    || case
        when {{ first_date }} = {{ last_date }} then ' (1 day)'
        else ' to ' || {{ date_text(last_date) }} || ' ('
            || ({{ days_between(first_date, last_date) }} + 1) || ' days)'
    end
{%- endmacro %}
