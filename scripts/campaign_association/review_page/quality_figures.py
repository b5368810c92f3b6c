"""What the quality page asks of the public models, and nothing else."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from psycopg import sql

from campaign_association.review_page.source import Row, Source

# rows of a drill-down; whoever needs more has the table itself
MOST_ROWS = 500
# what a state of the trend is, as decisions
DECISIONS_OF = {
    "automatic": ("auto",),
    "by a person": ("accepted", "reassigned", "rejected"),
    "review": ("review",),
    "unmatched": ("unmatched",),
}
# a column of campaign_associations that says why, by decision
REASON_COLUMNS = {"unmatched": "unmatched_reason", "review": "review_reason"}


def read_latest(source: Source) -> Row | None:
    """Return the shares that the last run measured, over all activity types."""
    query = sql.SQL(
        """
        select
            max(as_of_date) as as_of_date,
            max(measured_at) as measured_at,
            sum(assessed) as assessed,
            sum(associated)::numeric / nullif(sum(assessed), 0) as auto_share,
            sum(recent_associated)::numeric / nullif(sum(recent_assessed), 0)
                as recent_auto_share,
            sum(review)::numeric / nullif(sum(assessed), 0) as review_share,
            sum(unmatched)::numeric / nullif(sum(assessed), 0) as unmatched_share
        from {quality}
        where measured_at = (select max(measured_at) from {quality})
        """
    ).format(quality=source.public("association_quality"))
    row = source.rows(query)[0]
    return row if row["assessed"] else None


def read_runs(source: Source) -> list[Row]:
    """Return a row a run day and state: how many activities, and their share."""
    query = sql.SQL(
        """
        select
            as_of_date as starts_on,
            states.state,
            sum(states.activities) as activities,
            sum(states.activities)::numeric / nullif(sum(assessed), 0) as share
        from {quality}
        cross join lateral (
            values
            ('automatic', auto),
            ('by a person', accepted + reassigned + rejected),
            ('review', review),
            ('unmatched', unmatched)
        ) as states (state, activities)
        group by as_of_date, states.state
        order by as_of_date, states.state
        """
    ).format(quality=source.public("association_quality"))
    return source.rows(query)


def read_months(source: Source) -> list[Row]:
    """Return the same a month of activity, as associations stand now: two years."""
    query = sql.SQL(
        """
        with days as (
            -- few groups first: a month is worked out a day, not an activity
            select activity_date, decision, count(*) as activities
            from {associations}
            where company_basis is not null
                and activity_date <= (select max(as_of_date) from {quality})
            group by activity_date, decision
        ),

        counted as (
            select
                date_trunc('month', activity_date)::date as starts_on,
                states.state,
                sum(activities) as activities
            from days
            inner join unnest(%(decisions)s::text[], %(states)s::text[])
                as states (decision, state) using (decision)
            group by 1, 2
        )

        select
            *,
            activities / sum(activities) over (partition by starts_on) as share
        from counted
        where starts_on > (select max(starts_on) from counted) - interval '24 months'
        order by starts_on, state
        """
    ).format(
        associations=source.public("campaign_associations"),
        quality=source.public("association_quality"),
    )
    pairs = [(word, state) for state, found in DECISIONS_OF.items() for word in found]
    decisions, states = zip(*pairs, strict=True)
    return source.rows(query, {"decisions": list(decisions), "states": list(states)})


def read_month(source: Source, starts_on: date, state: str) -> list[Row]:
    """Return the activities of a month in a state of :func:`read_months`."""
    which = sql.SQL(
        """
        company_basis is not null
        and activity_date >= %(starts_on)s::date
        and activity_date < %(starts_on)s::date + interval '1 month'
        and activity_date <= (select max(as_of_date) from {quality})
        and decision = any(%(decisions)s)
        """
    ).format(quality=source.public("association_quality"))
    decisions = list(DECISIONS_OF[state])
    return _read_newest(source, which, {"starts_on": starts_on, "decisions": decisions})


def read_reasons(source: Source, decision: str) -> list[Row]:
    """Return why activities are unmatched or in review, the most frequent first."""
    query = sql.SQL(
        """
        select
            {reason} as reason,
            count(*) as activities,
            count(*) filter (where near_miss_days <= 7) as within_a_week
        from {associations}
        where decision = %(decision)s
        group by reason
        order by activities desc, reason
        """
    ).format(
        reason=sql.Identifier(REASON_COLUMNS[decision]),
        associations=source.public("campaign_associations"),
    )
    return source.rows(query, {"decision": decision})


def read_activities(source: Source, decision: str, reason: str) -> list[Row]:
    """Return activities that are unmatched or in review for a reason, newest first."""
    which = sql.SQL("decision = %(decision)s and {reason} = %(reason)s").format(
        reason=sql.Identifier(REASON_COLUMNS[decision])
    )
    return _read_newest(source, which, {"decision": decision, "reason": reason})


def _read_newest(
    source: Source, which: sql.Composable, parameters: dict[str, Any]
) -> list[Row]:
    """Return the newest activities that a condition on associations lets through."""
    query = sql.SQL(
        """
        select
            activity_type,
            activity_id,
            activity_date,
            company_id,
            campaign_id,
            confidence,
            near_miss_days
        from {associations}
        where {which}
        order by activity_date desc nulls last, activity_type, activity_id
        limit %(limit)s
        """
    ).format(associations=source.public("campaign_associations"), which=which)
    return source.rows(query, {**parameters, "limit": MOST_ROWS})


def read_warnings(source: Source) -> list[Row]:
    """Return the set-ups to mend, by kind: how many, and what they concern."""
    query = sql.SQL(
        """
        select
            warning,
            count(*) as places,
            sum(activities) as activities
        from {warnings}
        group by warning
        order by activities desc, warning
        """
    ).format(warnings=source.public("campaign_setup_warnings"))
    return source.rows(query)


def read_warned(source: Source, warning: str) -> list[Row]:
    """Return the set-ups of a kind, those that concern the most activities first."""
    query = sql.SQL(
        """
        select
            campaigns.campaign_name,
            campaigns.company_name,
            others.campaign_name as other_campaign_name,
            warnings.*
        from {warnings} as warnings
        left join {campaigns} as campaigns
            on warnings.campaign_id = campaigns.campaign_id
        left join {campaigns} as others
            on warnings.other_campaign_id = others.campaign_id
        where warnings.warning = %(warning)s
        order by
            warnings.activities desc,
            warnings.campaign_id,
            warnings.other_campaign_id,
            warnings.starts_on
        limit %(limit)s
        """
    ).format(
        warnings=source.public("campaign_setup_warnings"),
        campaigns=source.public("campaign_metrics"),
    )
    return source.rows(query, {"warning": warning, "limit": MOST_ROWS})


def thresholds(variables: Mapping[str, Any]) -> dict[str, tuple[float, bool]]:
    """Return the share each figure should have, and whether at least or at most."""
    return {
        "auto_share": (variables["min_auto_share"], True),
        "recent_auto_share": (variables["min_recent_auto_share"], True),
        "review_share": (variables["max_review_share"], False),
        "unmatched_share": (variables["max_unmatched_share"], False),
    }
