-- One row a campaign and scope: how ready the company is for more, and what to propose.
-- A part of the score without basis counts 0 and is named.
with

figures as (

    select * from {{ ref('int_campaign_figures') }}

),

points as (

    select
        campaign_id,
        scope,
        max(points) filter (where part = 'capacity') as capacity,
        max(points) filter (where part = 'engagement') as engagement,
        max(points) filter (where part = 'spend') as spend
    from {{ ref('int_upsell_points') }}
    group by campaign_id, scope

),

companies as (

    select
        company_id,
        count(*) filter (where is_active and status = 'active') as active_campaigns
    from {{ ref('stg_platform__campaigns') }}
    group by company_id

),

parts as (

    select
        figures.campaign_id,
        figures.scope,
        figures.volunteer_utilisation,
        figures.sessions_per_week,
        figures.sroi,
        figures.vis,
        coalesce(companies.active_campaigns, 0) as company_active_campaigns,
        points.capacity,
        points.engagement,
        points.spend,
        0.6 * least(100, 20 * coalesce(figures.sroi, 0)) + 0.4 * coalesce(figures.vis, 0)
            as performance
    from figures
    left join points
        on
            figures.campaign_id = points.campaign_id
            and figures.scope = points.scope
    left join companies
        on figures.company_id = companies.company_id

)

select
    campaign_id,
    scope,
    company_active_campaigns,
    volunteer_utilisation,
    sessions_per_week,
    sroi,
    vis,
    volunteer_utilisation > 0.8 as is_upsell,
    cast(
        0.4 * coalesce(capacity, 0) + 0.3 * performance
        + 0.2 * coalesce(engagement, 0) + 0.1 * coalesce(spend, 0)
        as numeric(5, 2)
    ) as score,
    cast(coalesce(capacity, 0) as numeric(5, 2)) as capacity_points,
    cast(performance as numeric(5, 2)) as performance_points,
    cast(coalesce(engagement, 0) as numeric(5, 2)) as engagement_points,
    cast(coalesce(spend, 0) as numeric(5, 2)) as spend_points,
    {{ present_texts([
        "case when capacity is null then 'capacity' end",
        "case when sroi is null or vis is null then 'performance' end",
        "case when engagement is null then 'engagement' end",
        "case when spend is null then 'spend' end",
    ]) }} as missing_parts,
    case
        when volunteer_utilisation >= 0.8 then 'capacity_expansion'
        when sroi > 5 or vis > 80 then 'performance_boost'
        when sessions_per_week > 25 then 'engagement_boost'
        when company_active_campaigns >= 2 then 'bundle_upgrade'
        else 'none'
    end as recommendation
from parts
