{# The role that owns the trigger functions, and its rights: reading the columns that the
   sources name in tables of the platform, and adding rows to three tables of
   association_ops. It cannot log in, nor change anything of the platform. #}
{% macro ingest_role() -%}
    association_ingest
{%- endmacro %}


{# `ingest install` runs these statements. #}
{% macro ingest_grants() %}
{%- set read = [
    'users', 'company_users', 'campaigns', 'program_templates', 'beneficiary_groups',
    'program_instances', 'program_enrollments', 'kintell_sessions', 'buddy_matches',
    'learning_progress',
] -%}
grant usage on schema {{ adapter.quote(var('platform_schema')) }}, association_ops
to {{ ingest_role() }};
{% for source in (graph.sources.values() if execute else []) if source.source_name == 'platform' and source.name in read %}
grant select ({{ source.columns | join(', ') }})
on {{ platform_table(source.name) }}
to {{ ingest_role() }};
{% endfor %}
grant select (is_enabled, run_id) on association_ops.ingest_state to {{ ingest_role() }};
grant
    select (activity_type, activity_id),
    insert (run_id, activity_type, activity_id, old_value, new_value)
on association_ops.write_back_log to {{ ingest_role() }};
grant select (activity_type, activity_id, decision_id, decision, program_instance_id)
on association_ops.review_decisions to {{ ingest_role() }};
grant select (person_id) on association_ops.decided_people to {{ ingest_role() }};
grant insert (activity_type, decision)
on association_ops.ingest_left_open to {{ ingest_role() }};
grant insert (activity_type, activity_id, sqlstate)
on association_ops.ingest_failures to {{ ingest_role() }};
grant execute on function association_ops.hold_free_instance(uuid) to {{ ingest_role() }};
{% endmacro %}


{# The triggers of one table. Their name is last in the alphabet, so that they fire after
   the platform's own and see the row as it will be written. #}
{% macro ingest_triggers(activity_type) %}
{%- set ingested = ingested_tables()[activity_type] -%}
{%- set table = platform_table(ingested.table) -%}
create or replace trigger zz_campaign_association_insert
before insert on {{ table }}
for each row
when (new.program_instance_id is null)
execute function association_ops.ingest_{{ activity_type }}();

create or replace trigger zz_campaign_association_update
before update of {{ ingested.facts | join(', ') }} on {{ table }}
for each row
when (old.program_instance_id is null and new.program_instance_id is null)
execute function association_ops.ingest_{{ activity_type }}();
{% endmacro %}
