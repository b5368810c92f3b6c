{# Types and literals that differ between engines. #}

{% macro id_type() %}{{ return(adapter.dispatch('id_type')()) }}{% endmacro %}

{% macro postgres__id_type() %}uuid{% endmacro %}

{% macro spark__id_type() %}string{% endmacro %}


{# Some id of a group's that is not NULL. PostgreSQL has no least uuid, and 15 has no
   any_value: as a text it takes a tenth of the time of int_people. #}
{% macro any_id(column) %}{{ return(adapter.dispatch('any_id')(column)) }}{% endmacro %}

{% macro postgres__any_id(column) -%}
    {%- set version = run_query('show server_version_num').rows[0][0] if execute else 0 -%}
    {%- if version | int >= 160000 -%}
        any_value({{ column }})
    {%- else -%}
        cast(min(cast({{ column }} as text)) as uuid)
    {%- endif -%}
{%- endmacro %}

{% macro spark__any_id(column) -%}
    min({{ column }})
{%- endmacro %}


{# Any time stamp column, with or without zone, as a moment in time. Without a
   zone it means UTC, whatever the zone of the session that reads it. A column that is known
   to have a zone, being of that relation, is read as it is: much is read by every run. #}
{% macro moment(column, relation=none) %}{{ return(adapter.dispatch('moment')(column, relation)) }}{% endmacro %}

{% macro postgres__moment(column, relation) -%}
    {%- set known = adapter.get_columns_in_relation(relation) if execute and relation else [] -%}
    {%- set zoned = known
        | selectattr('dtype', 'equalto', 'timestamp with time zone')
        | map(attribute='name')
        | list -%}
    {{ column if column in zoned else "to_timestamp(date_part('epoch', " ~ column ~ "))" }}
{%- endmacro %}

{# Sessions and Java are in UTC: docs/spark.md. #}
{% macro spark__moment(column, relation) -%}
    cast({{ column }} as timestamp)
{%- endmacro %}


{# A moment in time as a literal, from a text with its offset. #}
{% macro moment_literal(text) %}{{ return(adapter.dispatch('moment_literal')(text)) }}{% endmacro %}

{% macro postgres__moment_literal(text) -%}
    timestamp with time zone '{{ text }}'
{%- endmacro %}

{% macro spark__moment_literal(text) -%}
    timestamp '{{ text }}'
{%- endmacro %}


{# A date column as a date one can reckon with: PostgreSQL's infinite dates become
   very late and very early ones. #}
{% macro finite_date(date) %}{{ return(adapter.dispatch('finite_date')(date)) }}{% endmacro %}

{% macro postgres__finite_date(date) -%}
    case cast({{ date }} as date)
        when 'infinity' then {{ open_end() }}
        when '-infinity' then {{ open_start() }}
        else cast({{ date }} as date)
    end
{%- endmacro %}

{# JDBC shows infinite dates as days beyond what Spark can print. #}
{% macro spark__finite_date(date) -%}
    case
        when cast({{ date }} as date) > {{ open_end() }} then {{ open_end() }}
        when cast({{ date }} as date) < {{ open_start() }} then {{ open_start() }}
        else cast({{ date }} as date)
    end
{%- endmacro %}


{# The end of what has no end; a month short of the last date there is, so that days
   can be added. #}
{% macro open_end() -%}
    date '9999-11-30'
{%- endmacro %}


{# The start of what has none. #}
{% macro open_start() -%}
    date '0001-01-01'
{%- endmacro %}


{# The calendar date of a moment in the reporting time zone. #}
{% macro reporting_date(moment) %}{{ return(adapter.dispatch('reporting_date')(moment)) }}{% endmacro %}

{% macro postgres__reporting_date(moment) -%}
    cast({{ moment }} at time zone '{{ var("reporting_time_zone") }}' as date)
{%- endmacro %}

{% macro spark__reporting_date(moment) -%}
    cast(from_utc_timestamp({{ moment }}, '{{ var("reporting_time_zone") }}') as date)
{%- endmacro %}


{# Whole days from one date to another. #}
{% macro days_between(first_date, last_date) %}{{ return(adapter.dispatch('days_between')(first_date, last_date)) }}{% endmacro %}

{% macro postgres__days_between(first_date, last_date) -%}
    ({{ last_date }} - {{ first_date }})
{%- endmacro %}

{% macro spark__days_between(first_date, last_date) -%}
    datediff({{ last_date }}, {{ first_date }})
{%- endmacro %}


{# The first day of a date's month. #}
{% macro month_start(date) %}{{ return(adapter.dispatch('month_start')(date)) }}{% endmacro %}

{% macro postgres__month_start(date) -%}
    cast(date_trunc('month', cast({{ date }} as timestamp)) as date)
{%- endmacro %}

{% macro spark__month_start(date) -%}
    trunc({{ date }}, 'month')
{%- endmacro %}


{# A date moved by a number of days; negative numbers move it back. #}
{% macro shift_date(date, days) %}{{ return(adapter.dispatch('shift_date')(date, days)) }}{% endmacro %}

{% macro postgres__shift_date(date, days) -%}
    ({{ date }} + ({{ days }}))
{%- endmacro %}

{% macro spark__shift_date(date, days) -%}
    date_add({{ date }}, {{ days }})
{%- endmacro %}


{# Every date from one to another as rows, one each, beside the other columns. #}
{% macro each_date(first_date, last_date) %}{{ return(adapter.dispatch('each_date')(first_date, last_date)) }}{% endmacro %}

{% macro postgres__each_date(first_date, last_date) -%}
    {{ first_date }} + generate_series(0, {{ last_date }} - {{ first_date }})
{%- endmacro %}

{# A sequence would run backwards where the last date comes first. #}
{% macro spark__each_date(first_date, last_date) -%}
    explode(
        case when {{ first_date }} <= {{ last_date }}
            then sequence({{ first_date }}, {{ last_date }})
        end
    )
{%- endmacro %}
