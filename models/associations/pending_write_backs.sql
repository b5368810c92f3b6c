-- One row an activity whose platform value differs from what its association wants, and
-- whether it may be written: only where the platform holds nothing, or our own word.
with

associations as (

    select * from {{ ref('campaign_associations') }}

),

held_values as (

    select * from {{ ref('int_held_values') }}

),

activities as (

    select * from {{ ref('int_activities') }}

),

instances as (

    select * from {{ ref('stg_platform__program_instances') }}

),

undone_values as (

    select * from {{ ref('int_undone_values') }}

),

writes as (

    select * from {{ source('association_ops', 'write_back_log') }}

),

-- compared first: the log is looked at for the rows that differ, not for all
differing as (

    select
        held_values.activity_type,
        held_values.activity_id,
        held_values.program_instance_id as held_program_instance_id,
        associations.program_instance_id,
        associations.decision,
        associations.activity_id is not null as is_associated
    from held_values
    left join associations
        on
            held_values.activity_type = associations.activity_type
            and held_values.activity_id = associations.activity_id
    where
        {{ rarely(
            'held_values.program_instance_id is distinct from associations.program_instance_id'
        ) }}

),

traced as (

    select
        differing.*,
        last_writes.log_id as last_log_id,
        last_writes.new_value as last_program_instance_id
    from differing
    left join lateral (
        select
            writes.log_id,
            writes.new_value
        from writes
        where
            writes.activity_type = differing.activity_type
            and writes.activity_id = differing.activity_id
        order by writes.log_id desc
        limit 1
    ) as last_writes on true

),

judged as (

    select
        traced.*,
        -- whose word the platform's value is; NULL: nobody's, or ours
        case
            when traced.last_log_id is null and traced.held_program_instance_id is not null
                then 'foreign_value'
            when traced.held_program_instance_id <> traced.last_program_instance_id
                then 'changed_elsewhere'
            when
                traced.held_program_instance_id is not null
                and traced.last_program_instance_id is null
                then 'changed_elsewhere'
            when
                traced.held_program_instance_id is null
                and last_instances.program_instance_id is not null
                then 'cleared_elsewhere'
        end as conflict,
        case
            when undone_values.activity_id is not null then 'undone'
            when
                traced.program_instance_id is not null
                and wanted_instances.program_instance_id is null
                then 'instance_missing'
        end as obstacle
    from traced
    left join undone_values
        on
            traced.activity_type = undone_values.activity_type
            and traced.activity_id = undone_values.activity_id
            and (
                traced.program_instance_id
                is not distinct from undone_values.program_instance_id
            )
    left join instances as last_instances
        on traced.last_program_instance_id = last_instances.program_instance_id
    left join instances as wanted_instances
        on traced.program_instance_id = wanted_instances.program_instance_id

)

select
    activity_type,
    activity_id,
    held_program_instance_id,
    program_instance_id,
    decision,
    case
        when conflict is not null then 'conflict'
        when obstacle is not null then 'withheld'
        else 'write'
    end as action,
    coalesce(conflict, obstacle) as reason,
    last_log_id
from judged
where
    is_associated
    -- A value without an association concerns us only where it is our own, and no build is
    -- to come yet: what was written a moment ago is an activity that waits for the next one.
    -- A count, which is looked up row by row: there are few of them.
    or (
        conflict is null
        and (
            select count(*)
            from activities
            where
                activities.activity_type = judged.activity_type
                and activities.activity_id = judged.activity_id
        ) = 0
    )
