{# A what-if builds the same models beside the real ones: the internal var schema_suffix,
   such as _what_if, is added to the target schema, so that analytics and
   analytics_internal become analytics_what_if and analytics_what_if_internal. #}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {%- set base = target.schema ~ var('schema_suffix', '') -%}
    {%- if custom_schema_name is none -%}
        {{ base }}
    {%- else -%}
        {{ base }}_{{ custom_schema_name | trim }}
    {%- endif -%}
{%- endmacro %}


{# Whether this invocation builds in scratch schemas, of which no gate shall know. #}
{% macro is_scratch_build() %}
    {{ return(var('schema_suffix', '') != '') }}
{% endmacro %}


{# A model as a what-if has built it, for analyses that compare. #}
{% macro scratch_relation(custom_schema_name, name) -%}
    {%- set schema = target.schema ~ '_what_if' -%}
    {%- if custom_schema_name is not none -%}
        {%- set schema = schema ~ '_' ~ custom_schema_name -%}
    {%- endif -%}
    {{ adapter.quote(schema) }}.{{ name }}
{%- endmacro %}
