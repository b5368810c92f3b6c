{# On-run-end: record what the associations are computed from now, once one invocation has
   carried all of it through to every model that depends on it. Killed before, or run in
   parts, nothing is recorded, and the next run scores the same again. The invocation_id
   tells whether another invocation has put its own activities in between. What was
   recorded before is gone: see forget_outdated_inputs, which finds a few of millions by the
   index. #}
{% macro record_associated_inputs(results) %}
    {% set inputs = ref('int_associated_inputs') %}
    {% set scored = ref('int_activities_to_score') %}
    {% if execute and is_carried_through(results) %}
        insert into {{ inputs }} (activity_type, activity_id, own_hash, input_hash)
        select activity_type, activity_id, own_hash, input_hash
        from {{ scored }}
        where invocation_id = '{{ invocation_id }}'
        {{ indexed(inputs, 'activity_id') }}
        {{ committed(inputs) }}
    {% endif %}
{% endmacro %}


{# Whether this invocation looked for what changed, scored it, and built all that depends on
   what is scored. #}
{% macro is_carried_through(results) %}
    {% set built = [] %}
    {% for result in results if result.status | string == 'success' %}
        {% do built.append(result.node.name) %}
    {% endfor %}
    {% set needed = [
        'int_changed_facts', 'int_activities_to_score', 'campaign_associations',
        'association_review_queue', 'int_locked_outcomes',
    ] %}
    {{ return(needed | reject('in', built) | list | length == 0) }}
{% endmacro %}


{# Whether this invocation scores all activities it looks at: a full refresh records
   everything anew. #}
{% macro all_are_scored() %}
    {{ return(explains_activity() or flags.FULL_REFRESH) }}
{% endmacro %}


{# Together with the associations of this run: what was recorded of their inputs holds
   no longer. Were it kept until the run's end, and the run killed before, a change that
   is taken back meanwhile would look as if it had never been. #}
{% macro forget_outdated_inputs() %}
    delete from {{ ref('int_associated_inputs') }} as recorded
    where exists (
        select 1
        from {{ ref('int_activities_to_score') }} as scored
        where
            recorded.activity_type = scored.activity_type
            and recorded.activity_id = scored.activity_id
    )
{% endmacro %}


{# Before a table is made anew: were only the changed activities scored, the others would
   be missing in it. #}
{% macro require_all_scored() %}
    {% set inputs = ref('int_associated_inputs') %}
    {% if execute and not is_incremental() %}
        {% if run_query('select 1 from ' ~ inputs ~ ' limit 1').rows | length > 0 %}
            {% do exceptions.raise_compiler_error(
                this.identifier ~ ' cannot be made anew by itself: this run scores only what '
                ~ 'changed. Make everything anew: dbt build --full-refresh, or '
                ~ 'campaign-association run --full-refresh.'
            ) %}
        {% endif %}
    {% endif %}
{% endmacro %}
