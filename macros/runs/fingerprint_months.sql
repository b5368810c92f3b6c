{# The months that the campaigns of companies are fingerprinted for: a campaign that is
   edited then changes the fingerprints of activities near its window, not of all that the
   company ever had. The oldest stands for all time before, too. #}
{% macro fingerprint_months() %}
    {% set today = modules.datetime.datetime.strptime(as_of_date_text(), '%Y-%m-%d') %}
    {% set newest = today.year * 12 + today.month - 1 %}
    {% set months = [] %}
    {% for number in range([newest - 60, 12] | max, newest + 1) %}
        {% do months.append({
            'month': first_of_month(number),
            'starts_on': first_of_month(number) if months else open_start(),
            'next_month': first_of_month(number + 1),
        }) %}
    {% endfor %}
    {{ return(months) }}
{% endmacro %}


{# The same months as rows. #}
{% macro fingerprint_month_rows() %}
    select
        months.first_date,
        months.starts_on,
        months.next_month
    from (
        values
        {%- for month in fingerprint_months() %}
        ({{ month.month }}, {{ month.starts_on }}, {{ month.next_month }})
        {{- "," if not loop.last }}
        {%- endfor %}
    ) as months (first_date, starts_on, next_month)
{% endmacro %}


{# As a literal; months are counted from the year 0. #}
{% macro first_of_month(number) %}
    {{ return("date '%04d-%02d-01'" % (number // 12, number % 12 + 1)) }}
{% endmacro %}


{# The month among them that a date up to as_of_date belongs to. #}
{% macro fingerprint_month(date) -%}
    greatest({{ month_start(date) }}, {{ fingerprint_months()[0].month }})
{%- endmacro %}
