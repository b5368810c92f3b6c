{{ config(materialized='view') }}

with recursive associations as (
    select * from {{ ref('campaign_associations') }}
),

sessions as (
    select * from {{ ref('stg_platform__kintell_sessions') }}
),

matches as (
    select * from {{ ref('stg_platform__buddy_matches') }}
),

completions as (
    select * from {{ ref('stg_platform__learning_progress') }}
),

program_instances as (
    select * from {{ ref('stg_platform__program_instances') }}
),

log as (
    select * from {{ source('association_ops', 'write_back_log') }}
),

runs as (
    select * from {{ source('association_ops', 'write_back_runs') }}
),

decisions as (
    select * from {{ source('association_ops', 'review_decisions') }}
),

held as (
    select 'session' as activity_type, session_id as activity_id, program_instance_id
    from sessions
    union all
    select 'match' as activity_type, match_id as activity_id, program_instance_id
    from matches
    union all
    select
        'completion' as activity_type,
        completion_id as activity_id,
        program_instance_id
    from completions
),

-- compared first: the log is looked at for the rows that differ, not for all
differing as (
    select
        held.activity_type,
        held.activity_id,
        held.program_instance_id as held_program_instance_id,
        associations.program_instance_id,
        associations.decision,
        associations.activity_id is not null as is_associated
    from held
    left join associations
        on held.activity_type = associations.activity_type
        and held.activity_id = associations.activity_id
    where held.program_instance_id is distinct from associations.program_instance_id
),

with_last_write as (
    select
        differing.*,
        last_write.log_id as last_log_id,
        last_write.run_id as last_run_id,
        last_write.new_value as last_value
    from differing
    left join lateral (
        select log.log_id, log.run_id, log.new_value
        from log
        where log.activity_type = differing.activity_type
            and log.activity_id = differing.activity_id
        order by log.log_id desc
        limit 1
    ) as last_write on true
),

-- an undo takes values back; the undo of an undo brings them again, and so on
undo_runs as (
    select runs.run_id, true as takes_back
    from runs
    inner join runs as undone on runs.undone_run_id = undone.run_id
    where runs.kind = 'undo' and undone.kind <> 'undo'
    union all
    select runs.run_id, not undo_runs.takes_back as takes_back
    from runs
    inner join undo_runs on runs.undone_run_id = undo_runs.run_id
    where runs.kind = 'undo'
),

-- wanted values that were undone, and neither written nor brought again since, unless
-- a person has decided for them after that
undone as (
    select distinct with_last_write.activity_type, with_last_write.activity_id
    from with_last_write
    inner join runs as last_run
        on with_last_write.last_run_id = last_run.run_id
        and last_run.kind = 'undo'
    inner join log
        on with_last_write.activity_type = log.activity_type
        and with_last_write.activity_id = log.activity_id
        and log.old_value is not distinct from with_last_write.program_instance_id
    inner join undo_runs on log.run_id = undo_runs.run_id and undo_runs.takes_back
    where not exists (
        select 1
        from log as later
        left join undo_runs as later_undo on later.run_id = later_undo.run_id
        where later.activity_type = log.activity_type
            and later.activity_id = log.activity_id
            and later.log_id > log.log_id
            and (
                later_undo.run_id is null
                or later.new_value is not distinct from log.old_value
            )
    )
    and not exists (
        select 1
        from decisions
        where decisions.activity_type = log.activity_type
            and decisions.activity_id = log.activity_id
            and decisions.decision = with_last_write.decision
            and decisions.program_instance_id is not distinct from log.old_value
            and decisions.decided_at > log.written_at
    )
),

-- NULL: the platform's value is ours to change
with_conflict as (
    select
        with_last_write.*,
        case
            when last_log_id is null and held_program_instance_id is null then null
            when last_log_id is null then 'foreign_value'
            when held_program_instance_id is not distinct from last_value then null
            when held_program_instance_id is not null then 'changed_elsewhere'
            when last_instance.program_instance_id is not null
                then 'cleared_elsewhere'
        end as conflict
    from with_last_write
    left join program_instances as last_instance
        on with_last_write.last_value = last_instance.program_instance_id
),

with_withholding as (
    select
        with_conflict.*,
        case
            when undone.activity_id is not null then 'undone'
            when with_conflict.program_instance_id is not null
                and wanted_instance.program_instance_id is null
                then 'instance_missing'
        end as withholding
    from with_conflict
    left join undone
        on with_conflict.activity_type = undone.activity_type
        and with_conflict.activity_id = undone.activity_id
    left join program_instances as wanted_instance
        on with_conflict.program_instance_id = wanted_instance.program_instance_id
),

-- a value without an association concerns us only where it is our own
pending as (
    select
        activity_type,
        activity_id,
        held_program_instance_id,
        program_instance_id,
        decision,
        case
            when conflict is not null then 'conflict'
            when withholding is not null then 'withheld'
            else 'write'
        end as action,
        coalesce(conflict, withholding) as reason,
        last_log_id
    from with_withholding
    where is_associated or conflict is null
)

select * from pending
