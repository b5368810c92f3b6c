{# Statistics of a table that was just made: without them the planner guesses. #}
{% macro collect_statistics(relation) %}{{ return(adapter.dispatch('collect_statistics')(relation)) }}{% endmacro %}

{% macro postgres__collect_statistics(relation) -%}
    {% if execute %}analyze {{ relation }}{% endif %}
{%- endmacro %}

{# Iceberg keeps what Spark's planner uses with every file. #}
{% macro spark__collect_statistics(relation) %}{% endmacro %}


{# Ends a CTE whose columns are costly: without it the planner copies their
   expressions to every place that uses them and computes them there again. #}
{% macro computed_once() %}{{ return(adapter.dispatch('computed_once')()) }}{% endmacro %}

{% macro postgres__computed_once() -%}
    {# for one activity alone it would keep the planner from using indexes #}
    {%- if not explains_activity() -%}
        offset bigint '0'
    {%- endif -%}
{%- endmacro %}

{% macro spark__computed_once() %}{% endmacro %}
