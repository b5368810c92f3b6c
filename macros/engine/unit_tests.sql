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
