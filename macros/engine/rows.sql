{# Whether two rows differ in any of these columns, NULL being a value like others. #}
{% macro rows_differ(left_relation, right_relation, columns) %}{{ return(adapter.dispatch('rows_differ')(left_relation, right_relation, columns)) }}{% endmacro %}

{% macro postgres__rows_differ(left_relation, right_relation, columns) -%}
    (
        {%- for column in columns %}
        {{ left_relation }}.{{ column }}{{ "," if not loop.last }}
        {%- endfor %}
    ) is distinct from (
        {%- for column in columns %}
        {{ right_relation }}.{{ column }}{{ "," if not loop.last }}
        {%- endfor %}
    )
{%- endmacro %}


{# The columns of a relation as it is recorded now, but for some. #}
{% macro recorded_columns(relation, except) %}
    {{ return(
        adapter.get_columns_in_relation(relation)
        | map(attribute='name')
        | reject('in', except)
        | list
    ) }}
{% endmacro %}


{# A fingerprint of some columns of a row, NULL being a value like others: equal rows
   have equal ones, and two that differ have equal ones once in 2^64. #}
{% macro row_hash(columns) %}{{ return(adapter.dispatch('row_hash')(columns)) }}{% endmacro %}

{% macro postgres__row_hash(columns) -%}
    hash_record_extended(row({{ columns | join(', ') }}), 0)
{%- endmacro %}


{# The same of a group of rows, in whatever order they come. #}
{% macro set_hash(columns) %}{{ return(adapter.dispatch('set_hash')(columns)) }}{% endmacro %}

{% macro postgres__set_hash(columns) -%}
    sum({{ row_hash(columns) }})
{%- endmacro %}
