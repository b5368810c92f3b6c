-- One row an activity to score: what rules and people say now. People have the last
-- word; without them the rules decide.
with

outcomes as (

    select * from {{ ref('int_rule_outcomes') }}

),

decided as (

    select * from {{ ref('int_decided_activities') }}

),

rules as (

    select * from {{ ref('int_rules_version') }}

),

concluded as (

    select
        outcomes.*,
        coalesce(decided.holds, false) as is_decided,
        not decided.holds as is_void,
        decided.program_instance_id as decided_instance_id,
        decided.campaign_id as decided_campaign_id,
        decided.company_id as decided_company_id,
        case
            when decided.holds then decided.decision
            when not decided.holds then 'review'
            else outcomes.decision
        end as final_decision
    from outcomes
    left join decided
        on
            outcomes.activity_type = decided.activity_type
            and outcomes.activity_id = decided.activity_id

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
            when concluded.is_void then 'stale_decision'
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

select * from associations
