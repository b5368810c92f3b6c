-- A row of the log says which value a known run changed, and of which kind of activity.
-- The table itself does not check it: every single insert would pay for that.
select
    log.run_id,
    log.activity_type,
    log.activity_id
from {{ source('association_ops', 'write_back_log') }} as log
left join {{ source('association_ops', 'write_back_runs') }} as runs
    on log.run_id = runs.run_id
where
    runs.run_id is null
    or log.activity_type not in ('session', 'match', 'completion')
    or log.old_value is not distinct from log.new_value
