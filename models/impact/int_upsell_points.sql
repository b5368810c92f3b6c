-- One row a campaign, scope and part of the upsell score that is read off a curve
-- (capacity, engagement, spend); none where the part has no basis.
with

figures as (

    select * from {{ ref('int_campaign_figures') }}

),

campaigns as (

    select
        campaign_id,
        {{ utilisation('budget_spent', 'budget_allocated') }} as budget_utilisation
    from {{ ref('stg_platform__campaigns') }}

),

segments as (

    select * from {{ ref('int_upsell_segments') }}

),

measured as (

    select
        campaign_id,
        scope,
        'capacity' as part,
        volunteer_utilisation as x
    from figures

    union all

    select
        campaign_id,
        scope,
        'engagement' as part,
        sessions_per_week as x
    from figures

    union all

    select
        figures.campaign_id,
        figures.scope,
        'spend' as part,
        campaigns.budget_utilisation as x
    from figures
    inner join campaigns
        on figures.campaign_id = campaigns.campaign_id

)

select
    measured.campaign_id,
    measured.scope,
    measured.part,
    segments.points
    + segments.slope * (measured.x - coalesce(segments.from_x, measured.x)) as points
from measured
inner join segments
    on
        measured.part = segments.part
        and (measured.x >= segments.from_x or segments.from_x is null)
        and (measured.x < segments.to_x or segments.to_x is null)
