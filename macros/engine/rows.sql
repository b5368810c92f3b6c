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
