{# Stop before anything is built when a var is out of range. The ranges and their
   cost are explained in dbt_project.yml. #}
{% macro check_vars() %}
    {% if execute %}
        {% do check_name('platform_schema', '^[A-Za-z_][A-Za-z0-9_$-]*$', 'the name of a schema') %}
        {% do check_name('reporting_time_zone', '^[A-Za-z0-9_+/-]+$', 'a time zone such as Europe/Berlin') %}
        {% do check_name('as_of_date', '^[0-9]{4}-[0-9]{2}-[0-9]{2}$', 'a date such as 2026-06-30', optional=true) %}

        {% for name in [
            'use_enrollments', 'require_program_type', 'decisions_teach', 'sroi_include_budget',
        ] %}
            {% if var(name) is not boolean %}
                {% do wrong_usage(name ~ ' must be true or false, not ' ~ var(name) ~ '.') %}
            {% endif %}
        {% endfor %}

        {% for name in [
            'min_auto_share', 'min_recent_auto_share', 'max_review_share',
            'max_unmatched_share', 'max_overwrite_ratio',
        ] %}
            {% do check_number(name, 0, 1) %}
        {% endfor %}
        {% do check_number('tie_similarity', 0, 1, optional=true) %}
        {% do check_number('placement_grace_days', 0, 3650, optional=true, whole=true) %}
        {% do check_number('recent_days', 1, 3650, whole=true) %}
        {% do check_number('min_quality_activities', 0, 1000000000, whole=true) %}
        {% do check_number('min_overwrite_values', 0, 1000000000, whole=true) %}
        {% do check_number('auto_threshold', 0, 100) %}
        {% do check_number('review_threshold', 0, 100) %}
        {% if var('review_threshold') > var('auto_threshold') %}
            {% do wrong_usage(
                'review_threshold (' ~ var('review_threshold') ~ ') must not be above auto_threshold ('
                ~ var('auto_threshold') ~ '): the medium band lies between them.'
            ) %}
        {% endif %}
        {% do check_proposed_points() %}
    {% endif %}
{% endmacro %}


{# The points that a what-if proposes (rule_points) become part of queries. #}
{% macro check_proposed_points() %}
    {% for signal, points in var('proposed_points', {}).items() %}
        {% if signal not in scoring_signals() %}
            {% do wrong_usage(
                'points: there is no signal ' ~ signal ~ '. Known ones: '
                ~ scoring_signals() | join(', ') ~ '.'
            ) %}
        {% elif points is not integer or points is boolean or points < 0 %}
            {% do wrong_usage(
                'points: ' ~ signal ~ ' must be a whole number from 0 up, not ' ~ points ~ '.'
            ) %}
        {% endif %}
    {% endfor %}
{% endmacro %}


{% macro check_name(name, pattern, meaning, optional=false) %}
    {% set value = var(name) %}
    {% if not (optional and value is none) and not modules.re.match(pattern, value | string) %}
        {% do wrong_usage(name ~ ' must be ' ~ meaning ~ ', not ' ~ value ~ '.') %}
    {% endif %}
{% endmacro %}


{% macro check_number(name, least, most, optional=false, whole=false) %}
    {% set value = var(name) %}
    {% if not (optional and value is none) %}
        {% if
            value is not number or value is boolean
            or value < least or value > most
            or (whole and value is not integer)
        %}
            {% do wrong_usage(
                name ~ ' must be a ' ~ ('whole ' if whole else '') ~ 'number from '
                ~ least ~ ' to ' ~ most ~ (', or null' if optional else '')
                ~ ', not ' ~ value ~ '.'
            ) %}
        {% endif %}
    {% endif %}
{% endmacro %}


{% macro wrong_usage(message) %}
    {% do exceptions.raise_compiler_error('Wrong usage: ' ~ message) %}
{% endmacro %}
