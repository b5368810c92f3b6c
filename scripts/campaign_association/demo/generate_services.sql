-- The activities as the three services record them, and the truth about them.
-- Dates and times become time stamps with zone by assignment: the session is in UTC.

insert into kintell_sessions (
    id, external_session_id, session_type, participant_id, volunteer_id,
    scheduled_at, completed_at, duration_minutes, rating, notes, feedback_text,
    created_at, updated_at
)
with timed as (
    select
        activity.*,
        day <= %(as_of)s
        and draw('not_held', activity_number) >= %(not_held)s as is_held,
        (array[30, 45, 45, 60, 60, 60, 90])[1 + pick('minutes', activity_number, 7)]
            as minutes
    from activity
    where service in ('mentorship', 'language')
)

select
    activity_id,
    'kin-' || activity_number,
    service::session_type,
    user_id,
    volunteer_id,
    happened_at - case
        when is_held then make_interval(mins => minutes) else interval '0'
    end,
    case when is_held then happened_at end,
    minutes,
    case when is_held and draw('rated', activity_number) < 0.4
        then 3 + pick('rating', activity_number, 3) end,
    note.value,
    feedback.value,
    day - 7,
    day
from timed
left join faker_pool as note
    on note.kind = 'sentence'
    and pick('note', activity_number, %(pool_size)s * 5) = note.entry
left join faker_pool as feedback
    on feedback.kind = 'sentence'
    and is_held
    and pick('feedback', activity_number, %(pool_size)s * 3) = feedback.entry;

insert into buddy_matches (
    id, participant_id, buddy_id, matched_at, ended_at, status, created_at, updated_at
)
select
    activity_id,
    user_id,
    volunteer_id,
    happened_at,
    case when day < %(as_of)s - 90
        then happened_at + interval '90 days' end,
    (case when day < %(as_of)s - 90 then 'ended' else 'active' end)::match_status,
    day,
    day
from activity
where service = 'match';

insert into learning_progress (
    id, user_id, provider, course_id, status, progress_percent, started_at,
    completed_at, metadata, created_at, updated_at
)
with attempts as (
    select
        activity.*,
        attempt,
        case
            when attempt = 0 then 'completed'
            when draw('failed', activity_number) < 0.3 then 'failed'
            else 'in_progress'
        end as status
    from activity
    -- attempt 1 is another course that was begun and not completed: no activity
    cross join generate_series(0, 1) as attempt
    where
        service = 'completion'
        and (attempt = 0 or draw('attempt', activity_number) < 0.35)
)

select
    case
        when attempt = 0 then activity_id else id_of('attempt', activity_number)
    end,
    user_id,
    course.provider,
    course.course_id,
    status::progress_status,
    case when attempt = 0 then 100 else pick('progress', activity_number, 100) end,
    happened_at - interval '20 days',
    case when status <> 'in_progress' then happened_at end,
    course.metadata,
    day - 20,
    day
from attempts
inner join course on pick('course', activity_number * 2 + attempt, 10) = course.course;

insert into activity_truth (
    activity_type, activity_id, campaign_id, program_instance_id, circumstance
)
select
    case when service in ('mentorship', 'language') then 'session' else service end,
    activity_id,
    campaign_id,
    program_instance_id,
    circumstance
from activity;
