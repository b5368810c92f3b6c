-- One row an activity to score: what the rules say, before any person did.
with

best as (

    select * from {{ ref('int_best_candidates') }}

),

near_misses as (

    select * from {{ ref('int_near_misses') }}

),

joined as (

    select
        best.activity_type,
        best.activity_id,
        best.activity_date,
        best.beneficiary_id,
        best.company_basis,
        coalesce(best.company_id, best.only_company_id) as company_id,
        best.campaign_id,
        best.program_instance_id,
        best.runner_up_campaign_id,
        best.group_signal,
        best.band,
        coalesce(best.confidence, 0) as confidence,
        coalesce(best.points_company, 0) as points_company,
        coalesce(best.points_date, 0) as points_date,
        coalesce(best.points_group, 0) as points_group,
        coalesce(best.points_status, 0) as points_status,
        coalesce(best.points_instance, 0) as points_instance,
        best.candidate_count,
        best.margin,
        best.tag_similarity,
        best.is_placed,
        best.is_tied,
        best.is_placed_elsewhere,
        best.cohort_ambiguous,
        {{ match_reasons('best') }} as match_reasons,
        -- the first obstacle, for those that stay unmatched
        case
            when best.obstacle is not null then best.obstacle
            when best.campaign_id is not null then 'low_confidence'
            when near_misses.activity_id is null then 'no_campaign_for_company'
            when near_misses.days_outside = 0 then 'no_campaign_for_program_type'
            else 'no_campaign_on_date'
        end as obstacle,
        near_misses.days_outside
    from best
    left join near_misses
        on
            best.activity_type = near_misses.activity_type
            and best.activity_id = near_misses.activity_id

),

doubted as (

    select
        *,
        {{ review_reason(
            'band', 'program_instance_id', 'is_tied', 'is_placed_elsewhere'
        ) }} as review_reason
    from joined

)

select
    *,
    {{ rule_decision('band', 'review_reason') }} as decision
from doubted
