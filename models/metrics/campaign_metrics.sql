-- One row a campaign: its figures as of the day of the run, from confirmed activities and
-- with those that are still in review.
with

campaigns as (

    select * from {{ ref('stg_platform__campaigns') }}

),

companies as (

    select * from {{ ref('stg_platform__companies') }}

),

templates as (

    select * from {{ ref('stg_platform__program_templates') }}

),

budgets as (

    select * from {{ ref('int_campaign_budgets') }}

),

confirmed as (

    select * from {{ ref('int_campaign_figures') }}
    where scope = 'confirmed'

),

with_pending as (

    select * from {{ ref('int_campaign_figures') }}
    where scope = 'with_pending'

)

select
    campaigns.campaign_id,
    campaigns.campaign_name,
    campaigns.company_id,
    companies.company_name,
    campaigns.beneficiary_group_id,
    templates.program_type,
    campaigns.status,
    campaigns.is_active,
    campaigns.pricing_model,
    campaigns.start_date,
    campaigns.end_date,
    {{ as_of_date() }} as as_of_date,
    campaigns.target_volunteers,
    campaigns.target_beneficiaries,
    campaigns.max_sessions,
    campaigns.currency,
    campaigns.budget_allocated,
    campaigns.budget_spent,
    cast(budgets.budget_spent_usd as numeric(18, 2)) as budget_spent_usd,
    {{ utilisation('campaigns.budget_spent', 'campaigns.budget_allocated') }}
        as budget_utilisation,
    {{ side_by_side([
        'activities', 'sessions', 'matches', 'completions', 'volunteers', 'beneficiaries',
        'hours', 'sessions_per_week', 'volunteer_utilisation', 'beneficiary_utilisation',
        'session_utilisation', 'is_near_capacity', 'is_over_capacity',
        'reaches_80_percent_on', 'reaches_100_percent_on', 'outcome_scores',
        'valued_scores', 'valued_confidence', 'investment_usd', 'social_value_usd', 'sroi',
        'vis', 'vis_band',
    ]) }}
from campaigns
inner join confirmed
    on campaigns.campaign_id = confirmed.campaign_id
inner join with_pending
    on campaigns.campaign_id = with_pending.campaign_id
inner join budgets
    on campaigns.campaign_id = budgets.campaign_id
left join companies
    on campaigns.company_id = companies.company_id
left join templates
    on campaigns.program_template_id = templates.program_template_id
