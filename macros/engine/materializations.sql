{# How PostgreSQL puts a model in the place of the one before: dropped and made, or renamed,
   by one statement. dbt's own way renames the old model, then the new one, and drops the old
   one last, each by a macro that dbt sets up for itself: a third of its time for a model.
   Both are one transaction, and what depends on the model goes with it in either way. #}
{% materialization view, adapter='postgres' %}
    {%- set existing = load_cached_relation(this) -%}
    {%- set made = this.incorporate(type='view') -%}
    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}
    {%- call statement('main') -%}
        {{ get_drop_sql(existing or made) }};
        {{ get_create_view_as_sql(made, sql) }}
    {%- endcall -%}
    {{ in_place(existing, made) }}
    {{ return({'relations': [made]}) }}
{% endmaterialization %}


{% materialization table, adapter='postgres' %}
    {%- set existing = load_cached_relation(this) -%}
    {%- set made = this.incorporate(type='table') -%}
    {%- set intermediate = make_intermediate_relation(made) -%}
    {# of a run that was killed #}
    {{ drop_relation_if_exists(load_cached_relation(intermediate)) }}
    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}
    {%- call statement('main') -%}
        {{ get_create_table_as_sql(False, intermediate, sql) }}
    {%- endcall -%}
    {%- do create_indexes(intermediate) -%}
    {%- call statement('in_place') -%}
        {{ get_drop_sql(existing or made) }};
        {{ get_rename_sql(intermediate, made.identifier) }}
    {%- endcall -%}
    {{ in_place(existing, made) }}
    {{ return({'relations': [made]}) }}
{% endmaterialization %}


{# What follows once a model is where it belongs. #}
{% macro in_place(existing, made) %}
    {%- if existing is not none -%}
        {%- do adapter.cache_dropped(existing) -%}
    {%- endif -%}
    {%- do apply_grants(
        made, config.get('grants'), should_revoke=should_revoke(existing, full_refresh_mode=True)
    ) -%}
    {%- do persist_docs(made, model) -%}
    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {%- do adapter.commit() -%}
    {{ run_hooks(post_hooks, inside_transaction=False) }}
{% endmacro %}


{# A drop takes the views along that depend on the relation. Two at once that share such
   views, each holding one and waiting for the other, would be a deadlock, so dbt's threads
   drop in turns: the lock is held until the transaction ends, shortly after. #}
{% macro postgres__get_drop_sql(relation) %}
    {# the number tells it from the commands' locks #}
    select pg_advisory_xact_lock(hashtextextended(
        {{ dbt.string_literal(dbt.escape_single_quotes(target.schema)) }}, 4920050053
    ));
    {{ dbt.default__get_drop_sql(relation) }}
{% endmacro %}
