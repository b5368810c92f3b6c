-- The sessions as their service records them.
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
    where activity_type = 'session'
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
