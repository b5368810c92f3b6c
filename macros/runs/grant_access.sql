{# Who may read what: bi_reader and, for the review page, association_reviewer every public
   model, the roles of migration 0055 besides what is listed here; nobody else. A role that
   does not exist is left out.
   A hook grants it in the transaction that puts the model in its place, so that readers
   never meet a table without it. dbt's own `grants` fail where a role is missing. #}
{% macro readers(model) %}
    {% set more = {
        'campaign_associations': ['association_writer'],
        'pending_write_backs': ['association_writer'],
        'int_activities': ['association_writer'],
        'int_cohorts': ['association_reviewer'],
        'int_counted_activities': ['association_reviewer'],
        'int_locked_associations': ['association_reviewer'],
        'int_review_scores': ['association_reviewer'],
        'int_rule_suggestions': ['association_reviewer'],
        'int_score_answers': ['association_reviewer'],
        'int_score_precision': ['association_reviewer'],
        'int_signal_precision': ['association_reviewer'],
        'int_threshold_steps': ['association_reviewer'],
        'int_scoring_points': ['association_reviewer'],
    } %}
    {% set everywhere = ['bi_reader', 'association_reviewer'] %}
    {% set public = everywhere if model.access | string == 'public' else [] %}
    {{ return(public + more.get(model.name, [])) }}
{% endmacro %}


{# Post-hook of every model. Rights on Spark are its catalog's affair. #}
{% macro grant_reading() %}{{ return(adapter.dispatch('grant_reading')()) }}{% endmacro %}

{% macro spark__grant_reading() %}{% endmacro %}

{% macro postgres__grant_reading() %}
    {% if execute and readers(model) and not is_scratch_build() %}
        {{ grant_if_missing(
            readers(model),
            "has_table_privilege(oid, '" ~ this ~ "', 'select')",
            'select on ' ~ this
        ) }}
    {% endif %}
{% endmacro %}


{# On-run hook: a schema holds many models, and two of them built at the same time must
   not both grant its use. #}
{% macro grant_schemas() %}{{ return(adapter.dispatch('grant_schemas')()) }}{% endmacro %}

{% macro spark__grant_schemas() %}{% endmacro %}

{% macro postgres__grant_schemas() %}
    {% if execute and not is_scratch_build() %}
        {% set schemas = {} %}
        {% for model in graph.nodes.values() if model.resource_type == 'model' and readers(model) %}
            {% set known = schemas.get(model.schema, []) %}
            {% do schemas.update({model.schema: (known + readers(model)) | unique | sort}) %}
        {% endfor %}
        {% for schema, roles in schemas.items() if adapter.check_schema_exists(target.database, schema) %}
            {% set name = adapter.quote(schema) %}
            {% do run_query(grant_if_missing(
                roles,
                "has_schema_privilege(oid, '" ~ schema ~ "', 'usage')",
                'usage on schema ' ~ name
            )) %}
        {% endfor %}
    {% endif %}
{% endmacro %}


{% macro grant_if_missing(roles, has, rights) -%}
    do $grant$
    declare
        role_name name;
    begin
        for role_name in
            select rolname
            from pg_catalog.pg_roles
            where rolname in ('{{ roles | join("', '") }}') and not {{ has }}
        loop
            execute format('grant %s to %I', $rights${{ rights }}$rights$, role_name);
        end loop;
    end
    $grant$
{%- endmacro %}
