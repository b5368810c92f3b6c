-- One row an activity whose decision by a person needs another look: the instance chosen
-- no longer exists, or no longer covers the activity's date. In closed books neither
-- changes anything.
with

associations as (

    select * from {{ ref('campaign_associations') }}

),

decisions as (

    select * from {{ ref('int_current_decisions') }}
    where program_instance_id is not null

),

instances as (

    select * from {{ ref('stg_platform__program_instances') }}

),

locked as (

    select * from {{ ref('int_locked_associations') }}

),

compared as (

    select
        decisions.*,
        case
            when instances.program_instance_id is null then 'instance_missing'
            when
                instances.status in {{ covering_statuses() }}
                and associations.activity_date
                between instances.start_date and instances.end_date
                then null
            else 'instance_not_covering'
        end as warning,
        instances.status,
        instances.start_date,
        nullif(instances.end_date, {{ open_end() }}) as end_date,
        associations.activity_date,
        locked.activity_id is not null as is_locked
    from decisions
    inner join associations
        on
            decisions.activity_type = associations.activity_type
            and decisions.activity_id = associations.activity_id
    left join instances
        on decisions.program_instance_id = instances.program_instance_id
    left join locked
        on
            decisions.activity_type = locked.activity_type
            and decisions.activity_id = locked.activity_id

)

select
    activity_type,
    activity_id,
    program_instance_id,
    decision,
    decided_at,
    warning,
    case warning
        when 'instance_missing' then 'the instance no longer exists'
        else
            'the activity is of ' || coalesce({{ date_text('activity_date') }}, 'no date')
            || '; the instance is ' || coalesce(status, 'without status')
            || ' and runs from ' || coalesce({{ date_text('start_date') }}, 'no date')
            || coalesce(' to ' || {{ date_text('end_date') }}, ' without end')
    end
    || case
        when is_locked then ': the books are closed, the association stays as it was'
        when warning = 'instance_missing' then ': the decision is void'
        else ': the decision stands'
    end as detail
from compared
where warning is not null
