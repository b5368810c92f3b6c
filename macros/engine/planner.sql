{# Statistics of a table that was just made: without them the planner guesses. A quarter of
   the rows that PostgreSQL looks at by default tell it enough, and one process reads them
   while all others wait. #}
{% macro collect_statistics(relation) %}{{ return(adapter.dispatch('collect_statistics')(relation)) }}{% endmacro %}

{% macro postgres__collect_statistics(relation) -%}
    {% if execute %}
    set local default_statistics_target = 25;
    analyze {{ relation }}
    {% endif %}
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


{# A condition that most of the rows that meet it fulfil. PostgreSQL takes every
   comparison of two columns for one that few rows fulfil, and then plans for a few; what
   a CASE says it takes for even. #}
{% macro mostly(condition) %}{{ return(adapter.dispatch('mostly')(condition)) }}{% endmacro %}

{% macro postgres__mostly(condition) -%}
    case when {{ condition }} then true else false end
{%- endmacro %}

{% macro spark__mostly(condition) -%}
    ({{ condition }})
{%- endmacro %}


{# A condition that few of the rows fulfil. PostgreSQL takes every difference of two columns
   for one that nearly all rows fulfil, and brings those rows to one process before it joins
   them; what a number says it takes for rare. #}
{% macro rarely(condition) %}{{ return(adapter.dispatch('rarely')(condition)) }}{% endmacro %}

{% macro postgres__rarely(condition) -%}
    cast({{ condition }} as integer) = 1
{%- endmacro %}

{% macro spark__rarely(condition) -%}
    ({{ condition }})
{%- endmacro %}


{# The window for row_number and lead, and the one for a count of all its rows: PostgreSQL
   goes over the rows once for what has the same window, Spark's row_number takes no frame. #}
{% macro ranking_window(partition, order) %}{{ return(adapter.dispatch('ranking_window')(partition, order)) }}{% endmacro %}

{% macro postgres__ranking_window(partition, order) -%}
    (
            partition by {{ partition }}
            order by {{ order }}
            rows between unbounded preceding and unbounded following
        )
{%- endmacro %}

{% macro spark__ranking_window(partition, order) -%}
    (partition by {{ partition }} order by {{ order }})
{%- endmacro %}

{% macro counting_window(partition, order) %}{{ return(adapter.dispatch('counting_window')(partition, order)) }}{% endmacro %}

{% macro postgres__counting_window(partition, order) -%}
    {{ postgres__ranking_window(partition, order) }}
{%- endmacro %}

{% macro spark__counting_window(partition, order) -%}
    (partition by {{ partition }})
{%- endmacro %}


{# Whether a value is in a column of a relation that holds few rows most of the time. Of
   one that holds more, it may be: PostgreSQL hashes the column as long as it expects it to
   fit into memory, and reads all of it for every value otherwise. #}
{% macro may_be_among(value, relation, column) %}{{ return(adapter.dispatch('may_be_among')(value, relation, column)) }}{% endmacro %}

{% macro postgres__may_be_among(value, relation, column) -%}
    {%- set few = 50000 -%}
    (
        (select count({{ column }}) > {{ few }} from {{ relation }})
        or {{ value }} in (
            select {{ column }} from {{ relation }}
            where {{ column }} is not null
            limit {{ few }}
        )
    )
{%- endmacro %}

{% macro spark__may_be_among(value, relation, column) -%}
    {{ value }} in (select {{ column }} from {{ relation }} where {{ column }} is not null)
{%- endmacro %}
