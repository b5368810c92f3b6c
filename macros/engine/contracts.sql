{# Contracts are in PostgreSQL's types in the YAML, whatever the engine. #}
{% macro spark__get_empty_schema_sql(columns) -%}
    {%- set translated = {} -%}
    {%- for name, column in columns.items() -%}
        {%- set type = contract_type(column['data_type']) -%}
        {%- do translated.update({name: dict(column, data_type=type)}) -%}
    {%- endfor -%}
    {{ dbt.default__get_empty_schema_sql(translated) }}
{%- endmacro %}


{# A contract's columns in its types: a table is made with those of its query, so that
   2.109375 would stay as it is in a numeric(7, 4). #}
{% macro default__get_select_subquery(sql) %}
    select
        {%- for name, column in model['columns'].items() %}
        {{ cast(name, contract_type(column['data_type'])) }} as {{ name }}
        {{- "," if not loop.last }}
        {%- endfor %}
    from (
        {{ sql }}
    ) as model_subq
{%- endmacro %}


{# A type of a contract in the engine's words. #}
{% macro contract_type(type) %}{{ return(adapter.dispatch('contract_type')(type)) }}{% endmacro %}

{% macro postgres__contract_type(type) %}{{ return(type) }}{% endmacro %}

{% macro spark__contract_type(type) %}
    {{ return({
        'text': 'string', 'uuid': 'string', 'jsonb': 'string', 'text[]': 'array<string>',
        'timestamp with time zone': 'timestamp',
    }.get(type, type)) }}
{% endmacro %}
