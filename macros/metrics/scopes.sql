{# Every figure comes twice: confirmed, from auto, accepted and reassigned activities, and
   with_pending, from those and what is in review. Models compute it once, a row a scope,
   and the public ones put the two side by side. #}
{% macro scopes() -%}
    select 'confirmed' as scope
    union all
    select 'with_pending' as scope
{%- endmacro %}


{# Joins scopes to rows that say whether they are confirmed. #}
{% macro is_in_scope(relation) -%}
    (scopes.scope = 'with_pending' or {{ relation }}.is_confirmed)
{%- endmacro %}


{# Columns of the relations confirmed and with_pending as x_confirmed, x_with_pending. #}
{% macro side_by_side(columns, default=none) -%}
    {%- set pairs = [] -%}
    {%- for column in columns -%}
        {%- for scope in ['confirmed', 'with_pending'] -%}
            {%- set value = scope ~ '.' ~ column -%}
            {%- if default is not none -%}
                {%- set value = 'coalesce(' ~ value ~ ', ' ~ default ~ ')' -%}
            {%- endif -%}
            {%- do pairs.append(value ~ ' as ' ~ column ~ '_' ~ scope) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{- pairs | join(',\n    ') -}}
{%- endmacro %}


{# Figures of days in both scopes: what a day added, and what that comes to since the campaign
   began, days unknown first. new_x comes to x_to_date. #}
{% macro added_and_to_date(figures) -%}
    {%- set pairs = [] -%}
    {%- for figure in figures -%}
        {%- set type = 'numeric(18, 4)' if figure == 'hours' else 'bigint' -%}
        {%- for scope in ['confirmed', 'with_pending'] -%}
            {%- set added = figure ~ '_' ~ scope -%}
            {%- set to_date -%}
                sum({{ added }}) over (partition by campaign_id order by metric_date asc nulls first)
            {%- endset -%}
            {%- do pairs.append('coalesce(' ~ added ~ ', 0) as ' ~ added) -%}
            {%- do pairs.append(
                'cast(coalesce(' ~ to_date ~ ', 0) as ' ~ type ~ ') as '
                ~ figure.removeprefix('new_') ~ '_to_date_' ~ scope
            ) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{- pairs | join(',\n    ') -}}
{%- endmacro %}
