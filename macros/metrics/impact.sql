{# How far a mean outcome score, 0 to 1, lies above where people start from. #}
{% macro improvement(mean_score) -%}
    ({{ mean_score }} - 0.3)
{%- endmacro %}


{# A count as a share of its target; NULL where there is no target. #}
{% macro utilisation(amount, target) -%}
    cast(
        {{ amount }} / case when {{ target }} > 0 then cast({{ target }} as numeric(22, 2)) end
        as numeric(18, 6)
    )
{%- endmacro %}


{# Whether an activity is a session that was held: the only ones counted as sessions. #}
{% macro is_held_session(activity) -%}
    ({{ activity }}.activity_type = 'session' and {{ activity }}.is_held)
{%- endmacro %}


{# Whether a date is one of the last 28 days, today included. #}
{% macro is_in_last_28_days(date) -%}
    ({{ date }} > {{ shift_date(as_of_date(), -28) }} and {{ date }} <= {{ as_of_date() }})
{%- endmacro %}
