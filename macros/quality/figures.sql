{# The one row of a quality test: the figure, its threshold and whether it is missed.
   The row is stored either way, so that reports can name figures that are met. #}
{% macro share_figure(figure, counted, assessed, threshold, at_least=false) %}
with

totals as (

    select
        sum({{ counted }}) as counted,
        sum({{ assessed }}) as assessed
    from {{ latest_quality() }}

)

select
    '{{ figure }}' as figure,
    round(counted / nullif(assessed, 0), 4) as value,
    '{{ threshold }}' as threshold_name,
    {{ var(threshold) }} as threshold,
    assessed as activities,
    assessed > 0
    and assessed >= {{ var('min_quality_activities') }}
    and counted {{ '<' if at_least else '>' }} {{ var(threshold) }} * assessed as is_missed
from totals
{% endmacro %}


{# The same for a number of pending write-backs, which should be none. #}
{% macro pending_figure(figure, action) %}
with

pending as (

    select count(*) as pending_count
    from {{ ref('pending_write_backs') }}
    where action = '{{ action }}'

),

totals as (

    select coalesce(sum(assessed), 0) as assessed
    from {{ latest_quality() }}

)

select
    '{{ figure }}' as figure,
    pending.pending_count as value,
    cast(null as {{ dbt.type_string() }}) as threshold_name,
    0 as threshold,
    totals.assessed as activities,
    totals.assessed >= {{ var('min_quality_activities') }}
    and pending.pending_count > 0 as is_missed
from pending
cross join totals
{% endmacro %}


{# The rows of association_quality that the last run measured. #}
{% macro latest_quality() -%}
    {{ ref('association_quality') }}
    where measured_at = (select max(measured_at) from {{ ref('association_quality') }})
{%- endmacro %}
