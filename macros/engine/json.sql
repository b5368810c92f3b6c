{# The type of a column that holds JSON. #}
{% macro json_type() %}{{ return(adapter.dispatch('json_type')()) }}{% endmacro %}

{% macro postgres__json_type() %}jsonb{% endmacro %}

{% macro spark__json_type() %}string{% endmacro %}


{# A member of a JSON object column, still as JSON. #}
{% macro json_member(column, name) %}{{ return(adapter.dispatch('json_member')(column, name)) }}{% endmacro %}

{% macro postgres__json_member(column, name) -%}
    to_jsonb({{ column }}) -> '{{ name }}'
{%- endmacro %}

{% macro spark__json_member(column, name) -%}
    get_json_object({{ column }}, '$.{{ name }}')
{%- endmacro %}


{# The rows of a group as a JSON array of objects, one member a column. PostgreSQL looks up
   how to write a type for each value of jsonb_build_object, for a list of rows only once. #}
{% macro json_list(columns, order_by) %}{{ return(adapter.dispatch('json_list')(columns, order_by)) }}{% endmacro %}

{% macro postgres__json_list(columns, order_by) -%}
    to_jsonb(array_agg(
        (select entry from (select {{ columns | join(', ') }}) as entry)
        order by {{ order_by }}
    ))
{%- endmacro %}

{% macro spark__json_list(columns, order_by) -%}
    to_json(
        transform(
            array_sort(collect_list(struct(
                {{ order_by }} as place, struct({{ columns | join(', ') }}) as entry
            ))),
            placed -> placed.entry
        ),
        map('ignoreNullFields', 'false')
    )
{%- endmacro %}
