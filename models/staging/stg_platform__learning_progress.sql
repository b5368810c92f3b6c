{% set source_rows = source('platform', 'learning_progress') %}
-- PostgreSQL plans a view with CTEs apart, and every run reads all of it
select
    id as completion_id,
    user_id,
    program_instance_id,

    cast(status as {{ dbt.type_string() }}) as status,

    {{ json_member('metadata', 'skill_tags') }} as skill_tags_json,
    {{ tag_set(json_member('metadata', 'skill_tags')) }} as skill_tags,

    {{ moment('completed_at', source_rows) }} as completed_at

from {{ source_rows }}
