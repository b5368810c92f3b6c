-- One row an activity to score: what the rules say, before any person did.
with

activities as (

    select * from {{ ref('int_activities_to_score') }}

),

best as (

    select * from {{ ref('int_best_candidates') }}

),

near_misses as (

    select * from {{ ref('int_near_misses') }}

),

joined as (

    select
        activities.activity_type,
        activities.activity_id,
        activities.activity_date,
        activities.beneficiary_id,
        activities.company_basis,
        coalesce(best.company_id, activities.only_company_id) as company_id,
        best.campaign_id,
        best.program_instance_id,
        best.runner_up_campaign_id,
        best.group_signal,
        coalesce(best.band, 'none') as band,
        coalesce(best.confidence, 0) as confidence,
        coalesce(best.points_company, 0) as points_company,
        coalesce(best.points_date, 0) as points_date,
        coalesce(best.points_group, 0) as points_group,
        coalesce(best.points_status, 0) as points_status,
        coalesce(best.points_instance, 0) as points_instance,
        coalesce(best.candidate_count, 0) as candidate_count,
        best.margin,
        best.tag_similarity,
        coalesce(best.is_placed, false) as is_placed,
        coalesce(best.is_tied, false) as is_tied,
        coalesce(best.is_placed_elsewhere, false) as is_placed_elsewhere,
        coalesce(best.cohort_ambiguous, false) as cohort_ambiguous,
        {{ match_reasons('best') }} as match_reasons,
        -- the first obstacle, for those that stay unmatched
        case
            when activities.activity_date is null then 'missing_date'
            when not activities.is_due then 'future_dated'
            when not activities.is_beneficiary_known then 'unknown_beneficiary'
            when activities.company_basis is null then 'missing_company'
            when best.campaign_id is not null then 'low_confidence'
            when near_misses.activity_id is null then 'no_campaign_for_company'
            when near_misses.days_outside = 0 then 'no_campaign_for_program_type'
            else 'no_campaign_on_date'
        end as obstacle,
        near_misses.days_outside
    from activities
    left join best
        on
            activities.activity_type = best.activity_type
            and activities.activity_id = best.activity_id
    left join near_misses
        on
            activities.activity_type = near_misses.activity_type
            and activities.activity_id = near_misses.activity_id

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
