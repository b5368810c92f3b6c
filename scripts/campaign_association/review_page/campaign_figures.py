"""What the campaigns page asks of the public models, and nothing else."""

from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

from psycopg import sql

from campaign_association.review_page.source import Row, Source

# so many rows of evidence a page
PAGE_ROWS = 100
EVIDENCE = {
    "activities": "activities",
    "sessions": "sessions held",
    "matches": "matches",
    "completions": "completions",
    "volunteers": "volunteers",
    "beneficiaries": "beneficiaries",
    "hours": "hours",
    "investment_usd": "investment, US dollars",
    "outcome_scores": "outcome scores",
    "social_value_usd": "scores behind the social value",
}
# what rows of evidence come to: most quantities add up, people and scores count once
TOTALS = {
    "volunteers": sql.SQL("count(distinct volunteer_id)"),
    "beneficiaries": sql.SQL("count(distinct beneficiary_id)"),
    "outcome_scores": sql.SQL("count(distinct outcome_score_id)"),
    "social_value_usd": sql.SQL("count(distinct outcome_score_id)"),
}
CONDITION = sql.SQL(
    """
    campaign_id = %(campaign)s
    and metric = %(metric)s
    and (
        %(unit)s::text is null
        or date_trunc(%(unit)s, activity_date)::date = %(starts_on)s::date
    )
    """
)


class Period(NamedTuple):
    """A part of time that a chart shows as one: from its first day on."""

    unit: str
    starts_on: date


def read_campaigns(
    source: Source, company: UUID | None = None, status: str | None = None
) -> list[Row]:
    """Return the campaigns with their figures, the fullest first."""
    query = sql.SQL(
        """
        select *
        from {campaigns}
        where (%(company)s::uuid is null or company_id = %(company)s)
            and (%(status)s::text is null or status = %(status)s)
        order by
            volunteer_utilisation_with_pending desc nulls last,
            campaign_name,
            campaign_id
        """
    ).format(campaigns=source.public("campaign_metrics"))
    return source.rows(query, {"company": company, "status": status})


def read_choices(source: Source) -> tuple[dict[UUID, str], list[str]]:
    """Return the companies that have campaigns, by name, and their states."""
    query = sql.SQL(
        """
        select company_id, company_name, array_agg(distinct status) as statuses
        from {campaigns}
        group by company_id, company_name
        order by company_name, company_id
        """
    ).format(campaigns=source.public("campaign_metrics"))
    rows = source.rows(query)
    companies = {
        row["company_id"]: row["company_name"] or str(row["company_id"])
        for row in rows
        if row["company_id"]
    }
    return companies, sorted(
        {status for row in rows for status in row["statuses"] if status}
    )


def read_campaign(source: Source, campaign_id: UUID) -> Row | None:
    """Return one campaign with its figures, and what an upsell would go by."""
    query = sql.SQL(
        """
        select
            campaigns.*,
            upsells.score_confirmed,
            upsells.score_with_pending,
            upsells.recommendation_confirmed,
            upsells.recommendation_with_pending
        from {campaigns} as campaigns
        left join {upsells} as upsells
            on campaigns.campaign_id = upsells.campaign_id
        where campaigns.campaign_id = %(campaign)s
        """
    ).format(
        campaigns=source.public("campaign_metrics"),
        upsells=source.public("upsell_opportunities"),
    )
    rows = source.rows(query, {"campaign": campaign_id})
    return rows[0] if rows else None


def read_upsells(
    source: Source, company: UUID | None = None, status: str | None = None
) -> list[Row]:
    """Return the campaigns whose company may want more, the readiest first."""
    query = sql.SQL(
        """
        select
            upsells.*,
            campaigns.campaign_name,
            campaigns.company_name
        from {upsells} as upsells
        inner join {campaigns} as campaigns
            on upsells.campaign_id = campaigns.campaign_id
        where (upsells.is_upsell_confirmed or upsells.is_upsell_with_pending)
            and (%(company)s::uuid is null or campaigns.company_id = %(company)s)
            and (%(status)s::text is null or campaigns.status = %(status)s)
        order by
            upsells.score_confirmed desc,
            upsells.score_with_pending desc,
            upsells.campaign_id
        """
    ).format(
        upsells=source.public("upsell_opportunities"),
        campaigns=source.public("campaign_metrics"),
    )
    return source.rows(query, {"company": company, "status": status})


def read_volunteers(source: Source, campaign_id: UUID) -> list[Row]:
    """Return the volunteers behind a campaign's VIS, the highest first."""
    query = sql.SQL(
        """
        select *
        from {volunteers}
        where campaign_id = %(campaign)s
        order by vis_confirmed desc nulls last, vis_with_pending desc, volunteer_id
        """
    ).format(volunteers=source.public("volunteer_impact_scores"))
    return source.rows(query, {"campaign": campaign_id})


def read_periods(source: Source, campaign_id: UUID) -> tuple[str, list[Row]]:
    """Return day, week or month, what suits the length, and the figures of each."""
    query = sql.SQL(
        """
        with days as (
            select *, max(metric_date) over () - min(metric_date) over () as length
            from {daily}
            where campaign_id = %(campaign)s
        ),

        periods as (
            select
                *,
                case
                    when length <= 45 then 'day'
                    when length <= 400 then 'week'
                    else 'month'
                end as unit
            from days
        )

        select
            unit,
            date_trunc(unit, metric_date)::date as starts_on,
            (date_trunc(unit, metric_date) + ('1 ' || unit)::interval)::date as ends_on,
            sum(activities_confirmed) as activities_confirmed,
            sum(activities_with_pending - activities_confirmed) as activities_pending,
            sum(hours_confirmed) as hours_confirmed,
            sum(hours_with_pending - hours_confirmed) as hours_pending
        from periods
        group by unit, starts_on, ends_on
        order by starts_on
        """
    ).format(daily=source.public("campaign_metrics_daily"))
    rows = source.rows(query, {"campaign": campaign_id})
    return (rows[0]["unit"] if rows else "week"), rows


def read_evidence(
    source: Source,
    campaign_id: UUID,
    metric: str,
    period: Period | None = None,
    page: int = 0,
) -> list[Row]:
    """Return a page of what stands behind a figure, newest first."""
    query = sql.SQL(
        """
        select
            activity_type,
            activity_id,
            activity_date,
            case when is_confirmed then 'confirmed' else 'pending' end as state,
            quantity,
            outcome,
            outcome_score_id,
            evidence_snippet_id
        from {evidence}
        where {condition}
        order by
            activity_date desc nulls last,
            activity_type,
            activity_id,
            outcome_score_id,
            quantity desc nulls last,
            evidence_snippet_id
        limit %(limit)s offset %(offset)s
        """
    ).format(evidence=source.public("metric_evidence"), condition=CONDITION)
    parameters = _parameters(campaign_id, metric, period)
    parameters |= {"limit": PAGE_ROWS, "offset": page * PAGE_ROWS}
    return source.rows(query, parameters)


def sum_evidence(
    source: Source, campaign_id: UUID, metric: str, period: Period | None = None
) -> Row:
    """Return how many rows that is, and what they come to, confirmed and in all."""
    query = sql.SQL(
        """
        select
            count(*) as rows,
            coalesce({total} filter (where is_confirmed), 0) as confirmed,
            coalesce({total}, 0) as with_pending
        from {evidence}
        where {condition}
        """
    ).format(
        total=TOTALS.get(metric, sql.SQL("sum(quantity)")),
        evidence=source.public("metric_evidence"),
        condition=CONDITION,
    )
    return source.rows(query, _parameters(campaign_id, metric, period))[0]


def _parameters(
    campaign_id: UUID, metric: str, period: Period | None
) -> dict[str, Any]:
    return {
        "campaign": campaign_id,
        "metric": metric,
        "unit": period.unit if period else None,
        "starts_on": period.starts_on if period else None,
    }
