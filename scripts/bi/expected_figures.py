"""What each chart of the dashboard has to show, from the public models alone."""

# of active campaigns, those with the highest figure
HIGHEST = """
    select
        campaign_name || case
            when exists (
                select from campaign_metrics as others
                where
                    others.campaign_name = campaigns.campaign_name
                    and others.campaign_id <> campaigns.campaign_id
            ) then ' ' || left(cast(campaign_id as text), 8) else ''
        end,
        {0}_confirmed,
        {0}_with_pending
    from campaign_metrics as campaigns
    where status = 'active' and is_active and {0}_confirmed is not null
    order by {0}_confirmed desc
    limit 10
"""
BY_MONTH = """
    select date_trunc('month', metric_date), sum({0}_confirmed), sum({0}_with_pending)
    from campaign_metrics_daily
    group by 1
"""
EXPECTED = {
    "Active campaigns": """
        select count(*) from campaign_metrics where status = 'active' and is_active
    """,
    "Activities associated": """
        select count(*)
        from campaign_associations as associations
        where
            decision in ('auto', 'accepted', 'reassigned')
            and campaign_id in (select campaign_id from campaign_metrics)
    """,
    "Hours given": """
        select sum(quantity)
        from metric_evidence
        where metric = 'hours' and is_confirmed
    """,
    "Activities in review": """
        select count(*)
        from campaign_associations
        where
            decision = 'review'
            and campaign_id in (select campaign_id from campaign_metrics)
    """,
    "Volunteers of target, fullest active campaigns": HIGHEST.format(
        "volunteer_utilisation"
    ),
    "Upsell opportunities": """
        select
            campaign_name, company_name, score_confirmed, score_with_pending,
            upsells.volunteer_utilisation_confirmed, upsells.sroi_confirmed,
            upsells.vis_confirmed, recommendation_confirmed
        from upsell_opportunities as upsells
        inner join campaign_metrics using (campaign_id)
        where is_upsell_confirmed and status = 'active'
        order by score_confirmed desc, campaign_name
        limit 100
    """,
    "Activities a month": BY_MONTH.format("activities"),
    "Hours a month": BY_MONTH.format("hours"),
    "SROI (USD of value per USD), highest of active campaigns": HIGHEST.format("sroi"),
    "VIS (0 to 100), highest of active campaigns": HIGHEST.format("vis"),
    "How activities were associated, by month": """
        select date_trunc('month', activity_date), decision, count(*)
        from campaign_associations
        where unmatched_reason is distinct from 'future_dated'
        group by 1, 2
    """,
}
