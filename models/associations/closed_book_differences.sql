-- One row an activity whose closed books would be otherwise, were they open.
with

locked as (

    select * from {{ ref('int_locked_associations') }}

),

outcomes as (

    select * from {{ ref('int_locked_outcomes') }}

),

activities as (

    select * from {{ ref('int_activities') }}

),

associations as (

    select * from {{ ref('campaign_associations') }}

),

closings as (

    select * from {{ source('association_ops', 'book_closings') }}

),

newest_closing as (

    select locked_before
    from closings
    where closing_id = (select max(closing_id) from closings)

),

kept as (

    select
        locked.activity_type,
        locked.activity_id,
        locked.activity_date,
        case
            when activities.activity_id is null then 'vanished'
            when outcomes.decision in ('accepted', 'reassigned', 'rejected') then 'decision'
            else 'rules'
        end as difference,
        locked.campaign_id as locked_campaign_id,
        locked.program_instance_id as locked_program_instance_id,
        locked.decision as locked_decision,
        outcomes.campaign_id as current_campaign_id,
        outcomes.program_instance_id as current_program_instance_id,
        outcomes.decision as current_decision
    from locked
    left join activities
        on
            locked.activity_type = activities.activity_type
            and locked.activity_id = activities.activity_id
    left join outcomes
        on
            activities.activity_type = outcomes.activity_type
            and activities.activity_id = outcomes.activity_id
    where
        activities.activity_id is null
        or (
            outcomes.activity_id is not null
            and (
                locked.campaign_id is distinct from outcomes.campaign_id
                or locked.program_instance_id is distinct from outcomes.program_instance_id
                or locked.decision is distinct from outcomes.decision
            )
        )

),

-- came, or was dated so, after the books were closed
late as (

    select
        associations.activity_type,
        associations.activity_id,
        associations.activity_date,
        'late' as difference,
        locked.campaign_id as locked_campaign_id,
        locked.program_instance_id as locked_program_instance_id,
        locked.decision as locked_decision,
        associations.campaign_id as current_campaign_id,
        associations.program_instance_id as current_program_instance_id,
        associations.decision as current_decision
    from associations
    inner join newest_closing
        on associations.activity_date < newest_closing.locked_before
    left join locked
        on
            associations.activity_type = locked.activity_type
            and associations.activity_id = locked.activity_id
    where locked.activity_id is null

)

select * from kept
union all
select * from late
