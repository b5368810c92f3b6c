{# On-run-end: record what was known of people and marked activities, as
   record_associated_inputs does of activities. A backfill does not look at all of theirs. #}
{% macro record_associated_facts(results) %}
    {% set facts = ref('int_associated_facts') %}
    {% set changed = ref('int_changed_facts') %}
    {% if execute and not is_backfill() and is_carried_through(results) %}
        insert into {{ facts }} (subject, user_id, activity_id, facts_hash)
        select subject, user_id, activity_id, facts_hash
        from {{ changed }}
        where facts_hash is not null and invocation_id = '{{ invocation_id }}'
        {{ committed(facts) }}
    {% endif %}
{% endmacro %}


{# Together with the associations of this run, as forget_outdated_inputs says. #}
{% macro forget_outdated_facts() %}
    delete from {{ ref('int_associated_facts') }} as recorded
    where exists (
        select 1
        from {{ ref('int_changed_facts') }} as changed
        where recorded.subject = changed.subject
    )
{% endmacro %}


{# The subject of int_changed_facts that is all people and marked activities together. #}
{% macro overall_subject() -%}
    cast(0 as bigint)
{%- endmacro %}


{# Whether there may be associations of which nothing is recorded: the last run was not
   carried through, or tables of records are new. #}
{% macro records_are_incomplete() -%}
    (
        (
            select count(*) from {{ ref('int_associated_facts') }}
            where subject = {{ overall_subject() }}
        ) = 0
        or not exists (select 1 from {{ ref('int_associated_inputs') }})
    )
{%- endmacro %}


{# Whether anything changed since the last run that was carried through. #}
{% macro something_changed() -%}
    (select count(*) from {{ ref('int_changed_facts') }}) > 0
{%- endmacro %}


{# The same for what only a table that was there before can hold. dbt has to meet the ref
   whenever it renders this. #}
{% macro changed_since_made() -%}
    {%- set condition = something_changed() -%}
    {{ condition if is_incremental() else 'false' }}
{%- endmacro %}
