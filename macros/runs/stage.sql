{# How what Spark built gets to the PostgreSQL that keeps the platform's tables. Three
   operations that `campaign-association run` carries out one after the other; the stage is
   a schema of PostgreSQL that one build alone knows, so that no other's late rows get in. #}

{# What people and programs on PostgreSQL read of a run. #}
{% macro published_models() %}
    {% set models = [] %}
    {% for name in [
        'campaign_associations', 'association_quality', 'campaign_setup_warnings',
        'closed_book_differences', 'review_decision_warnings',
    ] %}
        {% do models.append(graph.nodes['model.' ~ project_name ~ '.' ~ name]) %}
    {% endfor %}
    {{ return(models) }}
{% endmacro %}


{# On PostgreSQL: empty tables, and what is left of builds that were killed goes. #}
{% macro make_stage(stage) %}
    {% do run_query('begin') %}
    {% set old = run_query(
        "select nspname from pg_catalog.pg_namespace where starts_with(nspname, '"
        ~ target.schema ~ "_staged_')"
    ) %}
    {% for row in old.rows %}
        {% do run_query('drop schema ' ~ adapter.quote(row[0]) ~ ' cascade') %}
    {% endfor %}
    {% do run_query('create schema ' ~ adapter.quote(stage)) %}
    {% for model in published_models() %}
        {% set columns = [] %}
        {% for column in model.columns.values() %}
            {% do columns.append(column.name ~ ' ' ~ column.data_type) %}
        {% endfor %}
        {% do run_query(
            'create table ' ~ staged(stage, model.name) ~ ' (' ~ columns | join(', ') ~ ')'
        ) %}
    {% endfor %}
    {% do run_query(
        'create table ' ~ staged(stage, 'row_counts') ~ ' (model text, row_count bigint)'
    ) %}
    {% do run_query('commit') %}
{% endmacro %}


{# On Spark: append the rows and then, as the mark that all are in, their number. A task
   that is tried again may have committed its rows before: those come twice. #}
{% macro fill_stage(stage) %}
    {% set catalog = adapter.quote(var('ops_catalog')) ~ '.' if var('ops_catalog') else '' %}
    {% for model in published_models() %}
        {% set built = adapter.quote(model.schema) ~ '.' ~ model.name %}
        {% call statement() %}
            insert into {{ catalog }}{{ staged(stage, model.name) }}
            select {{ model.columns.keys() | join(', ') }} from {{ built }}
        {% endcall %}
        {% call statement() %}
            insert into {{ catalog }}{{ staged(stage, 'row_counts') }}
            select '{{ model.name }}', count(*) from {{ built }}
        {% endcall %}
    {% endfor %}
{% endmacro %}


{# On PostgreSQL: put complete tables in their places, all of them or none. The locks wait
   for tasks that were given up and still commit: no row comes after the count. #}
{% macro publish_stage(stage) %}
    {% do run_query('begin') %}
    {% for model in published_models() %}
        {% do run_query(
            'lock table ' ~ staged(stage, model.name) ~ ' in access exclusive mode'
        ) %}
        {% do require_complete(stage, model) %}
        {% set table = staged(stage, model.name) %}
        {% for action in table_constraints(model) %}
            {% do run_query('alter table ' ~ table ~ ' ' ~ action) %}
        {% endfor %}
        {% for index in model.config.get('indexes', []) %}
            {% do run_query(get_create_index_sql(
                api.Relation.create(schema=stage, identifier=model.name), index
            )) %}
        {% endfor %}
        {% do run_query('analyze ' ~ table) %}
    {% endfor %}
    {% do run_query('create schema if not exists ' ~ adapter.quote(target.schema)) %}
    {% for model in published_models() %}
        {% set place = adapter.quote(target.schema) %}
        {% set published = place ~ '.' ~ model.name %}
        {% set before = adapter.get_relation(target.database, target.schema, model.name) %}
        {% if before %}
            {% do adapter.drop_relation(before) %}
        {% endif %}
        {% do run_query(
            'alter table ' ~ staged(stage, model.name) ~ ' set schema ' ~ place
        ) %}
        {% do run_query(grant_if_missing(
            readers(model),
            "has_table_privilege(oid, '" ~ published ~ "', 'select')",
            'select on ' ~ published
        )) %}
    {% endfor %}
    {% do run_query('drop schema ' ~ adapter.quote(stage) ~ ' cascade') %}
    {% do run_query('commit') %}
{% endmacro %}


{# Rows that came twice are the same, so that one of each is kept. #}
{% macro require_complete(stage, model) %}
    {% set table = staged(stage, model.name) %}
    {% set expected = run_query(
        'select max(row_count) from ' ~ staged(stage, 'row_counts')
        ~ " where model = '" ~ model.name ~ "'"
    ).rows[0][0] %}
    {% set counting = 'select count(*) from ' ~ table %}
    {% set found = run_query(counting).rows[0][0] %}
    {% if expected is not none and found > expected %}
        {% do run_query(
            'create temporary table single_rows on commit drop as select distinct * from '
            ~ table
        ) %}
        {% do run_query('truncate ' ~ table) %}
        {% do run_query('insert into ' ~ table ~ ' select * from single_rows') %}
        {% do run_query('drop table single_rows') %}
        {% set found = run_query(counting).rows[0][0] %}
    {% endif %}
    {% if found != expected %}
        {% do exceptions.raise_compiler_error(
            model.name ~ ' did not get from Spark to PostgreSQL as a whole: ' ~ found
            ~ ' rows arrived of ' ~ (expected or 'an unknown number')
            ~ '. What was there before is as it was; run again.'
        ) %}
    {% endif %}
{% endmacro %}


{% macro staged(stage, name) -%}
    {{ return(adapter.quote(stage) ~ '.' ~ name) }}
{%- endmacro %}
