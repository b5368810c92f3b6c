-- One row a campaign and scope: every figure that campaign_metrics shows of it.
with

scopes as (

    {{ scopes() }}

),

campaigns as (

    select * from {{ ref('stg_platform__campaigns') }}

),

counts as (

    select * from {{ ref('int_campaign_counts') }}

),

people as (

    select
        campaign_id,
        scope,
        count(*) filter (where person_role = 'volunteer') as volunteers,
        count(*) filter (where person_role = 'beneficiary') as beneficiaries
    from {{ ref('int_campaign_people') }}
    group by campaign_id, scope

),

budgets as (

    select * from {{ ref('int_campaign_budgets') }}

),

social_values as (

    select * from {{ ref('int_campaign_social_values') }}

),

impacts as (

    select
        campaign_id,
        scope,
        cast(avg(vis) as numeric(7, 4)) as vis
    from {{ ref('int_volunteer_impacts') }}
    group by campaign_id, scope

),

forecasts as (

    select * from {{ ref('int_capacity_forecasts') }}

),

figures as (

    select
        campaigns.campaign_id,
        campaigns.company_id,
        scopes.scope,
        coalesce(counts.activities, 0) as activities,
        coalesce(counts.sessions, 0) as sessions,
        coalesce(counts.matches, 0) as matches,
        coalesce(counts.completions, 0) as completions,
        coalesce(people.volunteers, 0) as volunteers,
        coalesce(people.beneficiaries, 0) as beneficiaries,
        cast(coalesce(counts.hours, 0) as numeric(18, 4)) as hours,
        cast(coalesce(counts.recent_sessions, 0) / 4.0 as numeric(18, 2)) as sessions_per_week,
        {{ utilisation('coalesce(people.volunteers, 0)', 'campaigns.target_volunteers') }}
            as volunteer_utilisation,
        {{ utilisation('coalesce(people.beneficiaries, 0)', 'campaigns.target_beneficiaries') }}
            as beneficiary_utilisation,
        {{ utilisation('coalesce(counts.sessions, 0)', 'campaigns.max_sessions') }}
            as session_utilisation,
        forecasts.reaches_80_percent_on,
        forecasts.reaches_100_percent_on,
        coalesce(social_values.outcome_scores, 0) as outcome_scores,
        coalesce(social_values.valued_scores, 0) as valued_scores,
        cast(social_values.valued_confidence as numeric(7, 6)) as valued_confidence,
        coalesce(counts.hours_usd, 0)
        + case
            when {{ var('sroi_include_budget') | lower }} then budgets.budget_spent_usd else 0
        end as investment_usd,
        social_values.social_value_usd,
        impacts.vis
    from campaigns
    cross join scopes
    left join counts
        on
            campaigns.campaign_id = counts.campaign_id
            and scopes.scope = counts.scope
    left join people
        on
            campaigns.campaign_id = people.campaign_id
            and scopes.scope = people.scope
    left join budgets
        on campaigns.campaign_id = budgets.campaign_id
    left join social_values
        on
            campaigns.campaign_id = social_values.campaign_id
            and scopes.scope = social_values.scope
    left join impacts
        on
            campaigns.campaign_id = impacts.campaign_id
            and scopes.scope = impacts.scope
    left join forecasts
        on
            campaigns.campaign_id = forecasts.campaign_id
            and scopes.scope = forecasts.scope

)

select
    campaign_id,
    company_id,
    scope,
    activities,
    sessions,
    matches,
    completions,
    volunteers,
    beneficiaries,
    hours,
    sessions_per_week,
    volunteer_utilisation,
    beneficiary_utilisation,
    session_utilisation,
    volunteer_utilisation >= 0.8 and volunteer_utilisation < 1 as is_near_capacity,
    volunteer_utilisation >= 1 as is_over_capacity,
    reaches_80_percent_on,
    reaches_100_percent_on,
    outcome_scores,
    valued_scores,
    valued_confidence,
    cast(investment_usd as numeric(18, 2)) as investment_usd,
    cast(social_value_usd as numeric(18, 2)) as social_value_usd,
    -- more digits would leave Spark too few for the quotient
    cast(
        cast(social_value_usd as numeric(18, 6))
        / nullif(cast(investment_usd as numeric(18, 6)), 0)
        as numeric(18, 2)
    ) as sroi,
    vis,
    case
        when vis >= 90 then 'exceptional'
        when vis >= 75 then 'high_impact'
        when vis >= 60 then 'good'
        when vis >= 40 then 'developing'
        when vis is not null then 'needs_improvement'
    end as vis_band
from figures
