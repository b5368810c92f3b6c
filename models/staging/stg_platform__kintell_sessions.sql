{% set source_rows = source('platform', 'kintell_sessions') %}
-- PostgreSQL plans a view with CTEs apart, and every run reads all of it
select
    id as session_id,
    participant_id,
    volunteer_id,
    program_instance_id,

    cast(session_type as {{ dbt.type_string() }}) as session_type,

    cast(duration_minutes as numeric(12, 4)) as duration_minutes,

    {{ moment('scheduled_at', source_rows) }} as scheduled_at,
    {{ moment('completed_at', source_rows) }} as completed_at

from {{ source_rows }}
