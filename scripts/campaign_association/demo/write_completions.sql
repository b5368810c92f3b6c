-- The courses as their service records them, completed or not.
-- Dates and times become time stamps with zone by assignment: the session is in UTC.

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
        activity_type = 'completion'
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
