{# The run's "today": the var as_of_date, else the day the run started in the
   reporting time zone. Fixed for the run. #}
{% macro as_of_date() -%}
    date '{{ as_of_date_text() }}'
{%- endmacro %}


{% macro as_of_date_text() -%}
    {%- if var('as_of_date') is none -%}
        {%- set zone = modules.pytz.timezone(var('reporting_time_zone')) -%}
        {{- run_started_at.astimezone(zone).strftime('%Y-%m-%d') -}}
    {%- else -%}
        {{- var('as_of_date') -}}
    {%- endif -%}
{%- endmacro %}


{# When the run started, as a time stamp literal. #}
{% macro run_started_at_literal() -%}
    {{ moment_literal(run_started_at.strftime("%Y-%m-%d %H:%M:%S.%f+00:00")) }}
{%- endmacro %}
