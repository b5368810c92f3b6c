{# Makes a model's table, as dbt-postgres does, but for tables with a contract: dbt
   creates those empty with their keys and inserts the rows, which PostgreSQL does with
   one process and key by key. Here the rows come first, by parallel workers, and the
   constraints after them: the result is the same. #}
{% macro postgres__create_table_as(temporary, relation, sql) -%}
    {%- if temporary or not config.get('contract').enforced -%}
        {{ return(dbt.postgres__create_table_as(temporary, relation, sql)) }}
    {%- endif -%}
    {{ get_assert_columns_equivalent(sql) }}
    {{ config.get('sql_header') or '' }}
    create table {{ relation }} as
    {{ get_select_subquery(sql) }};
    {%- set constraints = table_constraints(model) %}
    {%- if constraints %}
    alter table {{ relation }}
        {{ constraints | join(',\n        ') }};
    {%- endif %}
{%- endmacro %}


{# What ALTER TABLE does to bring in the constraints of a model and its columns. #}
{% macro table_constraints(model) %}
    {% set actions = [] %}
    {% for column in model.columns.values() %}
        {% for constraint in column.constraints %}
            {% if constraint.type != 'not_null' %}
                {{ exceptions.raise_compiler_error(
                    "column " ~ column.name ~ ": put a constraint of type "
                    ~ constraint.type ~ " beside the model's name, not at a column"
                ) }}
            {% endif %}
            {% do actions.append("alter column " ~ column.name ~ " set not null") %}
        {% endfor %}
    {% endfor %}
    {% for constraint in adapter.render_raw_model_constraints(model.constraints) %}
        {% do actions.append("add " ~ constraint) %}
    {% endfor %}
    {{ return(actions) }}
{% endmacro %}
