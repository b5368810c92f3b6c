{# On-run hooks: one row of association_ops.dbt_runs an invocation. The write-back
   reads there whether the last build succeeded and its integrity tests ran. A build in
   scratch schemas is nobody's business, and one on Spark is recorded by the command. #}

{% macro record_invocation_start() %}{{ return(adapter.dispatch('record_invocation_start')()) }}{% endmacro %}

{% macro spark__record_invocation_start() %}{% endmacro %}

{% macro postgres__record_invocation_start() %}
    {% if execute and not is_scratch_build() %}
        {% set integrity = [] %}
        {% for node in graph.nodes.values() if node.resource_type == 'test' and 'integrity' in node.tags %}
            {% if not is_about_metrics_left_alone(node) %}
                {% do integrity.append(node.unique_id) %}
            {% endif %}
        {% endfor %}
        {% set builds = flags.WHICH in ['run', 'build', 'retry']
            and 'model.campaign_association.campaign_associations' in selected_resources %}
        insert into {{ source('association_ops', 'dbt_runs') }} (
            invocation_id,
            command,
            started_at,
            as_of_date,
            target_schema,
            builds_associations,
            integrity_expected
        )
        values (
            '{{ invocation_id }}',
            '{{ flags.WHICH }}',
            {{ run_started_at_literal() }},
            {{ as_of_date() }},
            '{{ target.schema }}',
            {{ builds }},
            array(
                select jsonb_array_elements_text(jsonb '{{ tojson(integrity | sort) }}')
            )
        );
        commit;
    {% endif %}
{% endmacro %}


{# Whether a test reads campaign metrics that this invocation leaves as they are: then it
   says nothing of the associations that may be written. #}
{% macro is_about_metrics_left_alone(test) %}
    {% for name in test.depends_on.nodes if name not in selected_resources %}
        {% if name in graph.nodes and graph.nodes[name].fqn[1] in ['impact', 'metrics'] %}
            {{ return(true) }}
        {% endif %}
    {% endfor %}
    {{ return(false) }}
{% endmacro %}


{% macro record_invocation_end(results) %}{{ return(adapter.dispatch('record_invocation_end')(results)) }}{% endmacro %}

{% macro spark__record_invocation_end(results) %}{% endmacro %}

{% macro postgres__record_invocation_end(results) %}
    {% if execute and not is_scratch_build() %}
        {% set outcomes = {} %}
        {% set broken = [] %}
        {% for result in results %}
            {% if result.node.resource_type == 'test' %}
                {% if 'integrity' in result.node.tags %}
                    {% do outcomes.update({result.node.unique_id: result.status | string}) %}
                {% endif %}
            {% elif result.status | string not in ['success', 'pass', 'no-op', 'partial success'] %}
                {% do broken.append(result.node.unique_id) %}
            {% endif %}
        {% endfor %}
        update {{ source('association_ops', 'dbt_runs') }}
        set
            finished_at = clock_timestamp(),
            status = '{{ "error" if broken else "success" }}',
            integrity_results = jsonb '{{ tojson(outcomes) }}'
        where invocation_id = '{{ invocation_id }}';
        commit;
    {% endif %}
{% endmacro %}
