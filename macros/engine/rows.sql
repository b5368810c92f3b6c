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

{% macro spark__rows_differ(left_relation, right_relation, columns) -%}
    (
        {%- for column in columns %}
        {{ left_relation }}.{{ column }} is distinct from {{ right_relation }}.{{ column }}
        {{- " or" if not loop.last }}
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


{# A fingerprint of some columns of a row, NULL being a value like others: equal rows
   have equal ones, and two that differ have equal ones once in 2^64; in PostgreSQL once in
   2^32 where they differ in one number alone, of which its hash knows half the bits. #}
{% macro row_hash(columns) %}{{ return(adapter.dispatch('row_hash')(columns)) }}{% endmacro %}

{% macro postgres__row_hash(columns) -%}
    hash_record_extended(row({{ columns | join(', ') }}), 0)
{%- endmacro %}

{# xxhash64 passes over NULLs and over the bounds of an array: which columns are NULL is
   part of it, and one column of a row may be an array. #}
{% macro spark__row_hash(columns) -%}
    xxhash64(
        {%- for column in columns %}
        {{ column }}, {{ column }} is null{{ "," if not loop.last }}
        {%- endfor %}
    )
{%- endmacro %}


{# The same for what every run takes of all activities, in less time: each column by
   itself, by the hash function of its type, and the key, which is never NULL, by them all.
   `key` and `columns` are pairs of type (id, text, date, boolean or json) and column;
   `seed` is a number that all rows share. #}
{% macro typed_row_hash(key, columns, seed) %}{{ return(adapter.dispatch('typed_row_hash')(key, columns, seed)) }}{% endmacro %}

{# Its place is the seed of a column. The key comes last, as only a seed takes in all of a
   number: PostgreSQL's hash of one knows half its bits. int8xor is the operator #, which
   SQLFluff does not know. #}
{% macro postgres__typed_row_hash(key, columns, seed) -%}
    {%- set hash = namespace(sum=seed) -%}
    {%- for column in columns -%}
        {%- set hash.sum =
            "int8xor(coalesce(" ~ postgres__typed_hash(column, loop.index) ~ ", " ~ loop.index ~ "),\n        "
            ~ hash.sum ~ ")"
        -%}
    {%- endfor -%}
    {{ postgres__typed_hash(key, hash.sum) }}
{%- endmacro %}

{# A date here came from a moment, and is hashed as one. #}
{% macro postgres__typed_hash(typed_column, seed) -%}
    {%- set hash = {
        'id': 'uuid_hash_extended(%s, %s)',
        'text': 'hashtextextended(%s, %s)',
        'date': 'timestamp_hash_extended(cast(%s as timestamp), %s)',
        'boolean': 'hashint4extended(cast(%s as integer), %s)',
        'json': 'jsonb_hash_extended(%s, %s)',
    } -%}
    {{ hash[typed_column[0]] | format(typed_column[1], seed) }}
{%- endmacro %}

{% macro spark__typed_row_hash(key, columns, seed) -%}
    {{ spark__row_hash(([key] + columns) | map('last') | list + [seed]) }}
{%- endmacro %}


{# The same of a set of rows, in whatever order they come. #}
{% macro set_hash(columns) -%}
    {{ hash_sum(row_hash(columns)) }}
{%- endmacro %}


{# The sum, without carrying, of the fingerprints of a set. No two of its rows may be alike:
   they would cancel each other out. #}
{% macro hash_sum(hash) -%}
    bit_xor({{ hash }})
{%- endmacro %}


{# In a hook: deletes the activities that a query finds from some relations. What the query
   reads comes last among them. #}
{% macro delete_activities(relations, found) %}{{ return(adapter.dispatch('delete_activities')(relations, found)) }}{% endmacro %}

{# Found first and deleted then, since PostgreSQL looks in parallel only where nothing is
   deleted. #}
{% macro postgres__delete_activities(relations, found) %}
    create temporary table found_activities on commit drop as
    {{ found }};
    {%- for relation in relations %}
    delete from {{ relation }} as known
    using found_activities as found
    where
        known.activity_type = found.activity_type
        and known.activity_id = found.activity_id;
    {%- endfor %}
{% endmacro %}

{# A hook is one statement on Spark. #}
{% macro spark__delete_activities(relations, found) %}
    {%- for relation in relations if execute %}
        {%- call statement() %}
            delete from {{ relation }} as known
            where exists (
                select 1
                from ({{ found }}) as found
                where
                    known.activity_type = found.activity_type
                    and known.activity_id = found.activity_id
            )
        {%- endcall %}
    {%- endfor %}
{% endmacro %}


{# After a statement of an on-run hook that fills a relation: it has an index from then on.
   One that was there when millions of rows came would take longer than one made of them. #}
{% macro indexed(relation, column) %}{{ return(adapter.dispatch('indexed')(relation, column)) }}{% endmacro %}

{% macro postgres__indexed(relation, column) -%}
    ;
    create index if not exists {{ relation.identifier }}_{{ column }}_idx
    on {{ relation }} ({{ column }})
{%- endmacro %}

{% macro spark__indexed(relation, column) %}{% endmacro %}


{# After the last statement of an on-run hook that changes a relation. #}
{% macro committed(relation) %}{{ return(adapter.dispatch('committed')(relation)) }}{% endmacro %}

{% macro postgres__committed(relation) -%}
    ;
    {{ collect_statistics(relation) }};
    commit;
{%- endmacro %}

{% macro spark__committed(relation) %}{% endmacro %}
