{# How unit tests write values, so that their rows stay short. dbt casts every value
   in a row of a unit test with safe_cast, and nothing else here does.

   - ids are hexadecimal digits, padded with zeros to a uuid: a1, b1. By custom a is
     an activity, b a beneficiary, c a campaign, d an instance (cohort), e a company
     and f a volunteer
   - tag sets and other arrays of text are YAML lists: [arabic, refugee]
   - JSON columns take any YAML value
   - enums are text, as staging casts them to text anyway #}
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


{% macro json_literal(value) -%}
    cast({{ dbt.string_literal(dbt.escape_single_quotes(tojson(value))) }} as jsonb)
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
