-- One row an activity (activity_type, activity_id): the campaign and instance it belongs
-- to. People have the last word; without them the rules decide.
with

outcomes as (

    select * from {{ ref('int_rule_outcomes') }}

),

decisions as (

    select * from {{ ref('int_current_decisions') }}

),

instances as (

    select * from {{ ref('stg_platform__program_instances') }}

),

campaigns as (

    select * from {{ ref('stg_platform__campaigns') }}

),

rules as (

    select * from {{ ref('int_rules_version') }}

),

-- a decision holds while its instance exists; a rejection always does
decided as (

    select
        outcomes.*,
        decisions.decision as person_decision,
        coalesce(
            decisions.decision = 'rejected' or instances.program_instance_id is not null,
            false
        ) as is_decided,
        instances.program_instance_id as decided_instance_id,
        instances.campaign_id as decided_campaign_id,
        campaigns.company_id as decided_company_id
    from outcomes
    left join decisions
        on
            outcomes.activity_type = decisions.activity_type
            and outcomes.activity_id = decisions.activity_id
    left join instances
        on decisions.program_instance_id = instances.program_instance_id
    left join campaigns
        on instances.campaign_id = campaigns.campaign_id

),

concluded as (

    select
        *,
        case
            when is_decided then person_decision
            when person_decision is not null then 'review'
            else decision
        end as final_decision
    from decided

),

associations as (

    select
        concluded.activity_type,
        concluded.activity_id,
        concluded.activity_date,
        case
            when concluded.decided_instance_id is not null
                then concluded.decided_company_id
            else concluded.company_id
        end as company_id,
        concluded.company_basis,
        concluded.beneficiary_id,
        case
            when concluded.is_decided then concluded.decided_campaign_id
            else concluded.campaign_id
        end as campaign_id,
        case
            when concluded.is_decided then concluded.decided_instance_id
            when concluded.final_decision = 'auto' then concluded.program_instance_id
        end as program_instance_id,
        concluded.confidence,
        concluded.points_company,
        concluded.points_date,
        concluded.points_group,
        concluded.points_status,
        concluded.points_instance,
        concluded.group_signal,
        concluded.tag_similarity,
        concluded.is_placed,
        concluded.is_tied,
        concluded.is_placed_elsewhere,
        concluded.cohort_ambiguous,
        concluded.band,
        concluded.final_decision as decision,
        case
            when concluded.final_decision <> 'review' then null
            when concluded.person_decision is not null then 'stale_decision'
            else concluded.review_reason
        end as review_reason,
        case
            when concluded.final_decision = 'unmatched' then concluded.obstacle
        end as unmatched_reason,
        case
            when
                concluded.final_decision = 'unmatched'
                and concluded.obstacle = 'no_campaign_on_date'
                then concluded.days_outside
        end as near_miss_days,
        cast(concluded.candidate_count as integer) as candidate_count,
        concluded.runner_up_campaign_id,
        concluded.margin,
        concluded.match_reasons,
        rules.rules_version,
        {{ run_started_at_literal() }} as associated_at
    from concluded
    cross join rules

)

select associations.*
from associations
{% if is_incremental() %}
-- only what differs from what is recorded: a run without a change changes no row
left join {{ this }} as recorded
    on
        associations.activity_type = recorded.activity_type
        and associations.activity_id = recorded.activity_id
where {{ rows_differ('associations', 'recorded', recorded_columns(this, ['associated_at'])) }}
{% endif %}
