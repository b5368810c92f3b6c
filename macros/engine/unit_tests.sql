{# How unit tests write values, so that their rows stay short. dbt casts every value
   in a row of a unit test with safe_cast, and nothing else here does.

   - ids are hexadecimal digits, padded with zeros to a uuid: a1, b1. By custom a is
     an activity, b a beneficiary, c a campaign, d an instance (cohort), e a company
     and f a volunteer
   - tag sets and other arrays of text are YAML lists: [arabic, refugee]
   - JSON columns take any YAML value
   - enums are text, as staging casts them to text anyway
   - rows in SQL that need macros stand between raw and endraw: dbt renders the YAML before
     it knows them #}
{% macro postgres__safe_cast(field, type) -%}
    {%- if type == 'uuid' -%}
        cast(
            case
                when length({{ field }}) < 32 then lpad({{ field }}, 32, '0')
                else {{ field }}
            end as uuid
        )
    {%- elif type == 'ARRAY' and field is not string -%}
        cast(array(select jsonb_array_elements_text({{ json_literal(field) }})) as text[])
    {%- elif type == 'jsonb' and field is not string -%}
        {{ json_literal(field) }}
    {%- else -%}
        cast({{ field }} as {{ {'ARRAY': 'text[]', 'USER-DEFINED': 'text'}.get(type, type) }})
    {%- endif -%}
{%- endmacro %}


{# On Spark ids are texts like others: a short one is told by its looks. No date is
   infinite: JDBC brings days beyond what can be printed. A moment has seconds and the
   minutes of its offset. #}
{% macro spark__safe_cast(field, type) -%}
    {%- set far = {"'infinity'": "'+10000-01-01'", "'-infinity'": "'-0001-12-31'"} -%}
    {%- if field is not string and field is iterable and type == 'string' -%}
        {{ json_literal(field) }}
    {%- elif field is not string and field is iterable -%}
        from_json({{ json_literal(field) }}, '{{ type }}')
    {%- elif type == 'string' and field is string and field != 'null' -%}
        case
            when {{ field }} rlike '^([a-f]+[0-9]+|[0-9][a-f])$'
                then concat('00000000-0000-0000-0000-', lpad({{ field }}, 12, '0'))
            else {{ field }}
        end
    {%- elif type == 'date' and field is string -%}
        cast({{ far.get(field, field) }} as date)
    {%- elif type == 'timestamp' and field is string -%}
        cast(
            {{ modules.re.sub('( \\d\\d:\\d\\d)([+-]\\d\\d)\'$', "\\1:00\\2:00'", field) }}
            as timestamp
        )
    {%- else -%}
        cast({{ field }} as {{ type }})
    {%- endif -%}
{%- endmacro %}


{# A YAML value as JSON. #}
{% macro json_literal(value) %}{{ return(adapter.dispatch('json_literal')(value)) }}{% endmacro %}

{% macro postgres__json_literal(value) -%}
    cast({{ dbt.string_literal(dbt.escape_single_quotes(tojson(value))) }} as jsonb)
{%- endmacro %}

{# A backslash begins an escape in Spark's literals, too. #}
{% macro spark__json_literal(value) -%}
    {%- set escaped = tojson(value) | replace('\\', '\\\\') -%}
    {{ dbt.string_literal(dbt.escape_single_quotes(escaped)) }}
{%- endmacro %}


{# Compares numbers as numbers: as texts, which dbt compares, 1.5 and 1.50 differ. #}
{% macro postgres__get_unit_test_sql(main_sql, expected_fixture_sql, expected_column_names) -%}
    {%- set numeric = [] -%}
    {%- for column in adapter.get_column_schema_from_query(get_empty_subquery_sql(main_sql)) -%}
        {%- if column.dtype == 'DECIMAL' -%}
            {%- do numeric.append(column.quoted) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- set columns = [] -%}
    {%- for name in expected_column_names -%}
        {%- do columns.append('trim_scale(' ~ name ~ ') as ' ~ name if name in numeric else name) -%}
    {%- endfor -%}
    -- the names of these are dbt's: expecting no rows is written with them
    with dbt_internal_unit_test_actual as (
        select
            {{ columns | join(', ') }},
            'actual' as actual_or_expected
        from ({{ main_sql }}) as actual
    ),

    dbt_internal_unit_test_expected as (
        select
            {{ columns | join(', ') }},
            'expected' as actual_or_expected
        from ({{ expected_fixture_sql }}) as expected
    )

    select * from dbt_internal_unit_test_actual
    union all
    select * from dbt_internal_unit_test_expected
{%- endmacro %}


{# dbt's own materialization makes a temporary view to see the model's columns; over Thrift
   what a statement returns that makes something cannot be fetched. #}
{% materialization unit, adapter='spark' %}
    {%- set expected_rows = config.get('expected_rows') -%}
    {%- set types = {} -%}
    {%- set quoted = {} -%}
    {%- for column in run_query('describe query ' ~ sql) -%}
        {%- set name = column['col_name'] | lower -%}
        {%- do types.update({name: column['data_type']}) -%}
        {%- do quoted.update({name: adapter.quote(name)}) -%}
    {%- endfor -%}
    {%- set names = (expected_rows[0] if expected_rows else types) | list -%}
    {%- set expected_sql = config.get('expected_sql')
        or get_expected_sql(expected_rows, types, quoted) -%}
    {%- call statement('main', fetch_result=True) -%}
        {{ get_unit_test_sql(sql, expected_sql, names) }}
    {%- endcall -%}
    {{ return({'relations': []}) }}
{% endmaterialization %}
