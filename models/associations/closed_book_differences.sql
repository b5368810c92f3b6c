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

    select
        locked_before,
        row_number() over (order by closing_id desc) as recency
    from {{ source('association_ops', 'book_closings') }}

),

newest_closing as (

    select locked_before
    from closings
    where recency = 1

),

compared as (

    select
        locked.*,
        activities.activity_id is null as is_gone,
        outcomes.campaign_id as current_campaign_id,
        outcomes.program_instance_id as current_program_instance_id,
        outcomes.decision as current_decision,
        outcomes.review_reason as current_review_reason,
        (
            outcomes.activity_id is not null
            and (
                locked.campaign_id is distinct from outcomes.campaign_id
                or locked.program_instance_id is distinct from outcomes.program_instance_id
                or locked.decision is distinct from outcomes.decision
            )
        ) as is_different
    from locked
    left join activities
        on
            locked.activity_type = activities.activity_type
            and locked.activity_id = activities.activity_id
    -- none before the first run after the closing: nothing differs yet
    left join outcomes
        on
            activities.activity_type = outcomes.activity_type
            and activities.activity_id = outcomes.activity_id

),

kept as (

    select
        activity_type,
        activity_id,
        activity_date,
        case
            when is_gone then 'vanished'
            -- decided for, or otherwise, since
            when
                current_decision in {{ human_decisions() }}
                and (
                    decision <> current_decision
                    or program_instance_id is distinct from current_program_instance_id
                )
                then 'decision'
            -- withdrawn since; a void decision is nobody's doing
            when
                decision in {{ human_decisions() }}
                and current_decision not in {{ human_decisions() }}
                and coalesce(current_review_reason, '') <> 'stale_decision'
                then 'decision'
            else 'rules'
        end as difference,
        campaign_id as locked_campaign_id,
        program_instance_id as locked_program_instance_id,
        decision as locked_decision,
        current_campaign_id,
        current_program_instance_id,
        current_decision
    from compared
    where is_gone or is_different

),

-- came, or was dated so, after the books were closed
late as (

    select
        associations.activity_type,
        associations.activity_id,
        associations.activity_date,
        'late' as difference,
        cast(null as {{ id_type() }}) as locked_campaign_id,
        cast(null as {{ id_type() }}) as locked_program_instance_id,
        cast(null as {{ dbt.type_string() }}) as locked_decision,
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
