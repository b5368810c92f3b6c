-- One row an activity and value that an undo took back and that must not be written
-- again: nothing has been written since, nor has a person decided for it since.
with recursive

runs as (

    select * from {{ source('association_ops', 'write_back_runs') }}

),

writes as (

    select * from {{ source('association_ops', 'write_back_log') }}

),

decisions as (

    select * from {{ ref('int_current_decisions') }}

),

-- an undo takes values back; the undo of an undo brings them again, and so on
undo_runs as (

    select
        runs.run_id,
        undone_runs.kind <> 'undo' as takes_back
    from runs
    inner join runs as undone_runs
        on runs.undone_run_id = undone_runs.run_id
    where runs.kind = 'undo' and undone_runs.kind <> 'undo'

    union all

    select
        runs.run_id,
        not undo_runs.takes_back as takes_back
    from runs
    inner join undo_runs
        on runs.undone_run_id = undo_runs.run_id
    where runs.kind = 'undo'

),

taken_back as (

    select
        writes.log_id,
        writes.activity_type,
        writes.activity_id,
        writes.old_value as program_instance_id,
        writes.written_at as undone_at
    from writes
    inner join undo_runs
        on writes.run_id = undo_runs.run_id
    where undo_runs.takes_back

),

-- written by other than an undo, or brought again by one
written_since as (

    select distinct taken_back.log_id
    from taken_back
    inner join writes
        on
            taken_back.activity_type = writes.activity_type
            and taken_back.activity_id = writes.activity_id
            and taken_back.log_id < writes.log_id
    left join undo_runs
        on writes.run_id = undo_runs.run_id
    where
        undo_runs.run_id is null
        or writes.new_value is not distinct from taken_back.program_instance_id

),

decided_since as (

    select distinct taken_back.log_id
    from taken_back
    inner join decisions
        on
            taken_back.activity_type = decisions.activity_type
            and taken_back.activity_id = decisions.activity_id
            and taken_back.program_instance_id is not distinct from decisions.program_instance_id
            and taken_back.undone_at < decisions.decided_at

)

select distinct
    taken_back.activity_type,
    taken_back.activity_id,
    taken_back.program_instance_id
from taken_back
left join written_since
    on taken_back.log_id = written_since.log_id
left join decided_since
    on taken_back.log_id = decided_since.log_id
where
    written_since.log_id is null
    and decided_since.log_id is null
