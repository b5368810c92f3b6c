{# The signals that the seed scoring_rules gives points for. #}
{% macro scoring_signals() %}
    {{ return([
        'company_match', 'date_match',
        'enrolled', 'group_exact', 'group_partial', 'group_open',
        'campaign_active', 'campaign_recruiting',
        'active_instance',
    ]) }}
{% endmacro %}


{# The points in a row of the seed, or those that a what-if proposes instead: the
   internal var proposed_points, a mapping of signals to points. #}
{% macro rule_points() -%}
    {%- set proposed = var('proposed_points', {}) -%}
    {%- if proposed -%}
        case signal
            {%- for signal, points in proposed.items() %}
            when '{{ signal }}' then {{ points }}
            {%- endfor %}
            else points
        end
    {%- else -%}
        points
    {%- endif -%}
{%- endmacro %}


{# The points that the seed gives a signal; none count as 0. #}
{% macro points_for(signal) -%}
    coalesce(max(case when signal = '{{ signal }}' then {{ rule_points() }} end), 0)
{%- endmacro %}


{# The points of the signal that holds, 0 when none does. #}
{% macro points_of(signal, signals, points) -%}
    case {{ signal }}
        {%- for name in signals %}
            when '{{ name }}' then {{ points }}.{{ name }}
        {%- endfor %}
        else 0
    end
{%- endmacro %}


{# The points of an instance that covers the date, NULL = none does. #}
{% macro points_of_instance(program_instance_id, points) -%}
    case when {{ program_instance_id }} is not null then {{ points }}.active_instance else 0 end
{%- endmacro %}


{# The most points without a group signal: what a company and a date bring alone. #}
{% macro points_without_group(points) -%}
    {{ points }}.company_match
    + {{ points }}.date_match
    + greatest({{ points }}.campaign_active, {{ points }}.campaign_recruiting)
    + {{ points }}.active_instance
{%- endmacro %}
