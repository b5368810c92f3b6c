{# Sets of tags. A tag set is a sorted array of distinct, lower-case, non-empty
   strings: equal sets are equal arrays. #}

{# The tag set in a column that is text[] or a JSON array. What is not an array,
   or not a string in it, is no tag. #}
{% macro tag_set(column) %}{{ return(adapter.dispatch('tag_set')(column)) }}{% endmacro %}

{% macro postgres__tag_set(column) -%}
    array(
        select distinct lower(btrim(element #>> '{}', E' \t\n\r\f\x0b')) as tag
        from jsonb_array_elements(
            case jsonb_typeof(to_jsonb({{ column }}))
                when 'array' then to_jsonb({{ column }})
                else jsonb '[]'
            end
        ) as elements (element)
        where
            jsonb_typeof(element) = 'string'
            and btrim(element #>> '{}', E' \t\n\r\f\x0b') <> ''
        order by tag
    )
{%- endmacro %}

{# Joins the tag set in a column as tagged.tags. Few lists of tags differ, and PostgreSQL
   keeps the sets of those it has met as long as a set is a row of its own (Memoize). #}
{% macro join_tag_set(column) -%}
    cross join lateral (
        select {{ tag_set(column) }} as tags
        where true
        {{ computed_once() }}
    ) as tagged
{%- endmacro %}

{# A column of either type becomes JSON text as a member of an object. from_json makes
   texts of all elements, so that 3 and "3" would be the same: every string in the JSON is
   marked before, and what has no mark was none. #}
{% macro spark__tag_set(column) -%}
    {%- set blanks = "' \\t\\n\\r\\u000B\\u000C'" -%}
    coalesce(
        array_sort(array_distinct(filter(
            transform(
                filter(
                    from_json(
                        {{ marked_strings("get_json_object(to_json(struct(" ~ column ~ " as tags)), '$.tags')") }},
                        'array<string>'
                    ),
                    element -> element like '=%'
                ),
                element -> lower(trim(both {{ blanks }} from substring(element, 2)))
            ),
            tag -> tag <> ''
        ))),
        {{ no_tags() }}
    )
{%- endmacro %}


{# A JSON text with = before the content of every string in it. #}
{% macro marked_strings(json) -%}
    regexp_replace({{ json }}, '"([^"\\\\]*+(?:\\\\.[^"\\\\]*+)*+)"', '"=$1"')
{%- endmacro %}


{% macro no_tags() %}{{ return(adapter.dispatch('no_tags')()) }}{% endmacro %}

{% macro postgres__no_tags() -%}
    cast(array[] as text[])
{%- endmacro %}

{% macro spark__no_tags() -%}
    cast(array() as array<string>)
{%- endmacro %}


{% macro tag_count(tags) %}{{ return(adapter.dispatch('tag_count')(tags)) }}{% endmacro %}

{% macro postgres__tag_count(tags) -%}
    cardinality({{ tags }})
{%- endmacro %}

{% macro spark__tag_count(tags) -%}
    cardinality({{ tags }})
{%- endmacro %}


{# The tags of a set as rows, one each, beside the other columns. #}
{% macro each_tag(tags) %}{{ return(adapter.dispatch('each_tag')(tags)) }}{% endmacro %}

{% macro postgres__each_tag(tags) -%}
    unnest({{ tags }})
{%- endmacro %}

{% macro spark__each_tag(tags) -%}
    explode({{ tags }})
{%- endmacro %}


{# The union of two tag sets, again a tag set. #}
{% macro tag_union(left_tags, right_tags) %}{{ return(adapter.dispatch('tag_union')(left_tags, right_tags)) }}{% endmacro %}

{% macro postgres__tag_union(left_tags, right_tags) -%}
    case
        when cardinality({{ right_tags }}) = 0 then {{ left_tags }}
        when cardinality({{ left_tags }}) = 0 then {{ right_tags }}
        else array(
            select distinct tag
            from unnest({{ left_tags }} || {{ right_tags }}) as united (tag)
            order by tag
        )
    end
{%- endmacro %}

{% macro spark__tag_union(left_tags, right_tags) -%}
    array_sort(array_union({{ left_tags }}, {{ right_tags }}))
{%- endmacro %}


{# How many tags two tag sets share. Only sets that differ and overlap are taken
   apart: the operators before that are many times cheaper. JSON has a difference of
   lists; a subquery would keep PostgreSQL from working in parallel. #}
{% macro shared_tag_count(left_tags, right_tags) %}{{ return(adapter.dispatch('shared_tag_count')(left_tags, right_tags)) }}{% endmacro %}

{% macro postgres__shared_tag_count(left_tags, right_tags) -%}
    case
        when not {{ left_tags }} && {{ right_tags }} then 0
        when {{ left_tags }} = {{ right_tags }} then cardinality({{ left_tags }})
        else
            cardinality({{ left_tags }})
            - jsonb_array_length(to_jsonb({{ left_tags }}) - {{ right_tags }})
    end
{%- endmacro %}

{% macro spark__shared_tag_count(left_tags, right_tags) -%}
    cardinality(array_intersect({{ left_tags }}, {{ right_tags }}))
{%- endmacro %}
