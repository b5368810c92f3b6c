-- The buddy matches as their service records them.
-- Dates and times become time stamps with zone by assignment: the session is in UTC.

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
where activity_type = 'match';
