-- One row an activity (activity_type, activity_id): three services, one shape.
-- Without CTEs, as its sources are: PostgreSQL plans a view with CTEs apart.
select
    'session' as activity_type,
    session_id as activity_id,
    participant_id as beneficiary_id,
    volunteer_id,
    session_type as program_type,
    cast(null as {{ json_type() }}) as skill_tags_json,
    {{ reporting_date(session_moment('completed_at', 'scheduled_at')) }} as activity_date,
    cast(
        case when completed_at is not null then coalesce(duration_minutes, 0) / 60 else 0 end
        as numeric(12, 4)
    ) as hours,
    completed_at is not null as is_held
from {{ ref('stg_platform__kintell_sessions') }}

union all

select
    'match' as activity_type,
    match_id as activity_id,
    participant_id as beneficiary_id,
    buddy_id as volunteer_id,
    {{ fixed_program_type('match') }} as program_type,
    cast(null as {{ json_type() }}) as skill_tags_json,
    {{ reporting_date('matched_at') }} as activity_date,
    cast(0 as numeric(12, 4)) as hours,
    true as is_held
from {{ ref('stg_platform__buddy_matches') }}

union all

select
    'completion' as activity_type,
    completion_id as activity_id,
    user_id as beneficiary_id,
    cast(null as {{ id_type() }}) as volunteer_id,
    {{ fixed_program_type('completion') }} as program_type,
    skill_tags_json,
    {{ reporting_date('completed_at') }} as activity_date,
    cast(0 as numeric(12, 4)) as hours,
    true as is_held
from {{ ref('stg_platform__learning_progress') }}
where {{ is_completion('status') }}
