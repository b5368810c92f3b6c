-- One row a figure (metric), campaign, activity, outcome score and evidence snippet: what
-- the figures of campaign_metrics are made of. Only the first row of a score has a
-- quantity; its other snippets come with it and add nothing.
with

activities as (

    select * from {{ ref('int_counted_activities') }}

),

scores as (

    select * from {{ ref('int_activity_scores') }}

),

snippets as (

    select
        *,
        row_number() over (
            partition by outcome_score_id
            order by created_at asc nulls last, evidence_snippet_id asc
        ) as place
    from {{ ref('stg_platform__evidence_snippets') }}

),

campaign_budgets as (

    select * from {{ ref('int_campaign_budgets') }}

),

-- each activity, once a figure that it counts for
counted as (

    select
        *,
        'activities' as metric,
        1 as quantity
    from activities

    union all

    select
        *,
        case activity_type
            when 'session' then 'sessions'
            when 'match' then 'matches'
            else 'completions'
        end as metric,
        1 as quantity
    from activities
    where is_held

    union all

    select
        *,
        'volunteers' as metric,
        1 as quantity
    from activities
    where volunteer_id is not null

    union all

    select
        *,
        'beneficiaries' as metric,
        1 as quantity
    from activities
    where beneficiary_id is not null

    union all

    select
        *,
        'hours' as metric,
        hours as quantity
    from activities
    where hours <> 0

    union all

    select
        *,
        'investment_usd' as metric,
        hours_usd as quantity
    from activities
    where hours <> 0

),

score_metrics as (

    select 'outcome_scores' as metric
    union all
    select 'social_value_usd' as metric

),

-- each score with its snippets, once a figure that it counts for: not every outcome has
-- a value in money
supported as (

    select
        scores.*,
        score_metrics.metric,
        snippets.evidence_snippet_id,
        case when coalesce(snippets.place, 1) = 1 then scores.score end as quantity
    from scores
    inner join score_metrics
        on
            score_metrics.metric = 'outcome_scores'
            or scores.unit_value_usd is not null
    left join snippets
        on scores.outcome_score_id = snippets.outcome_score_id

),

evidence as (

    select
        metric,
        campaign_id,
        activity_type,
        activity_id,
        activity_date,
        beneficiary_id,
        volunteer_id,
        is_confirmed,
        quantity,
        cast(null as {{ dbt.type_string() }}) as outcome,
        cast(null as {{ id_type() }}) as outcome_score_id,
        cast(null as numeric(10, 6)) as confidence,
        cast(null as numeric(18, 2)) as unit_value_usd,
        cast(null as {{ id_type() }}) as evidence_snippet_id
    from counted

    union all

    select
        metric,
        campaign_id,
        activity_type,
        activity_id,
        activity_date,
        beneficiary_id,
        volunteer_id,
        is_confirmed,
        quantity,
        outcome,
        outcome_score_id,
        confidence,
        unit_value_usd,
        evidence_snippet_id
    from supported

    -- the one part of a figure that no activity stands behind
    union all

    select
        'investment_usd' as metric,
        campaign_id,
        null as activity_type,
        null as activity_id,
        null as activity_date,
        null as beneficiary_id,
        null as volunteer_id,
        true as is_confirmed,
        budget_spent_usd as quantity,
        null as outcome,
        null as outcome_score_id,
        null as confidence,
        null as unit_value_usd,
        null as evidence_snippet_id
    from campaign_budgets
    where {{ var('sroi_include_budget') | lower }}

)

select
    metric,
    campaign_id,
    activity_type,
    activity_id,
    activity_date,
    beneficiary_id,
    volunteer_id,
    is_confirmed,
    cast(quantity as numeric(18, 6)) as quantity,
    outcome,
    outcome_score_id,
    cast(confidence as numeric(10, 6)) as confidence,
    cast(unit_value_usd as numeric(18, 2)) as unit_value_usd,
    evidence_snippet_id
from evidence
