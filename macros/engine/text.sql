{# A list of texts from SQL expressions. #}
{% macro text_list(expressions) %}{{ return(adapter.dispatch('text_list')(expressions)) }}{% endmacro %}

{% macro postgres__text_list(expressions) -%}
    array[
        {{ expressions | join(',\n        ') }}
    ]
{%- endmacro %}

{% macro spark__text_list(expressions) -%}
    array(
        {{ expressions | join(',\n        ') }}
    )
{%- endmacro %}


{# A date as 2026-06-30, whatever the session's settings. #}
{% macro date_text(date) %}{{ return(adapter.dispatch('date_text')(date)) }}{% endmacro %}

{% macro postgres__date_text(date) -%}
    to_char({{ date }}, 'YYYY-MM-DD')
{%- endmacro %}

{% macro spark__date_text(date) -%}
    date_format({{ date }}, 'yyyy-MM-dd')
{%- endmacro %}


{# A fingerprint of a text. #}
{% macro text_hash(text) -%}
    md5({{ text }})
{%- endmacro %}


{# All texts of a group in one, in order. #}
{% macro joined_text(expression, order_by) %}{{ return(adapter.dispatch('joined_text')(expression, order_by)) }}{% endmacro %}

{% macro postgres__joined_text(expression, order_by) -%}
    string_agg({{ expression }}, ';' order by {{ order_by }})
{%- endmacro %}

{% macro spark__joined_text(expression, order_by) -%}
    array_join(
        transform(
            array_sort(collect_list(struct({{ order_by }} as place, {{ expression }} as text))),
            entry -> entry.text
        ),
        ';'
    )
{%- endmacro %}


{# The texts that are not NULL, as a list. #}
{% macro present_texts(expressions) %}{{ return(adapter.dispatch('present_texts')(expressions)) }}{% endmacro %}

{% macro postgres__present_texts(expressions) -%}
    array_remove({{ text_list(expressions) }}, null)
{%- endmacro %}

{% macro spark__present_texts(expressions) -%}
    array_compact({{ text_list(expressions) }})
{%- endmacro %}
