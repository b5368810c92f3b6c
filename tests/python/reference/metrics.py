"""What the public metrics models must hold, in plain Python, by model and key."""

import math
from bisect import bisect_right
from datetime import date, timedelta
from fractions import Fraction
from typing import Any
from uuid import UUID

from reference.impact import (
    Counted,
    band,
    budget_spent_usd,
    counted_activities,
    investment,
    mean,
    social_value,
    valued_confidence,
    valued_scores,
    volunteer_impact,
)
from reference.world import Row, World

CURVES = {
    "capacity": [("0", 0), ("0.5", 20), ("0.8", 50), ("1", 80), ("1.5", 100)],
    "engagement": [("0", 0), ("10", 20), ("25", 50), ("100", 100)],
    "spend": [("0", 0), ("0.25", 10), ("0.5", 50), ("0.8", 80), ("1", 100)],
}
CAMPAIGN_BANDS = {90: "exceptional", 75: "high_impact", 60: "good", 40: "developing"}
DAILY = ("activities", "sessions", "matches", "completions", "hours")
Rows = dict[tuple[Any, ...], Row]


def metrics(world: World) -> dict[str, Rows]:
    """Return the rows of each model: figures only, without names and dimensions."""
    found: dict[str, Rows] = {
        "campaign_metrics": {},
        "campaign_metrics_daily": {},
        "volunteer_impact_scores": {},
        "upsell_opportunities": {},
    }
    everything = counted_activities(world)
    for campaign in world.rows("campaigns"):
        pending = [each for each in everything if each.campaign_id == campaign["id"]]
        scopes = {
            "confirmed": [each for each in pending if each.is_confirmed],
            "with_pending": pending,
        }
        key = (campaign["id"],)
        figures = {name: of_campaign(world, campaign, scopes[name]) for name in scopes}
        upsells = {name: upsell(world, campaign, figures[name]) for name in scopes}
        found["campaign_metrics"][key] = side_by_side(figures) | {
            "budget_spent_usd": budget_spent_usd(campaign),
            "budget_utilisation": share(
                campaign["budget_spent"], campaign["budget_allocated"]
            ),
        }
        found["upsell_opportunities"][key] = side_by_side(upsells)
        for volunteer in {each.volunteer for each in pending} - {None}:
            found["volunteer_impact_scores"][(*key, volunteer)] = side_by_side(
                {name: of_volunteer(scopes[name], volunteer) for name in scopes}
            )
        for day in days_of(world, campaign, pending):
            found["campaign_metrics_daily"][(*key, day)] = side_by_side(
                {name: of_day(scopes[name], day) for name in scopes}
            )
    return found


def side_by_side(scopes: dict[str, Row]) -> Row:
    return {
        f"{figure}_{scope}": value
        for scope, row in scopes.items()
        for figure, value in row.items()
    }


def share(amount: Any, target: Any) -> Fraction | None:
    if amount is None or target is None or Fraction(target) <= 0:
        return None
    return Fraction(amount) / Fraction(target)


def counts(counted: list[Counted]) -> Row:
    types = [each.activity_type for each in counted]
    return {
        "activities": len(counted),
        "sessions": sum(each.is_session for each in counted),
        "matches": types.count("match"),
        "completions": types.count("completion"),
        "hours": sum((each.hours for each in counted), Fraction(0)),
    }


def first_days(counted: list[Counted], role: str) -> dict[UUID, date | None]:
    """Return the people of a role with the day of their first activity."""
    found: dict[UUID, date | None] = {}
    for each in counted:
        person = getattr(each, role)
        if person is not None:
            days = [day for day in (found.get(person), each.day) if day is not None]
            found[person] = min(days, default=None)
    return found


def of_campaign(world: World, campaign: Row, counted: list[Counted]) -> Row:
    """Return the figures of a campaign in one scope."""
    today = date.fromisoformat(world.variables["as_of_date"])
    volunteers = first_days(counted, "volunteer")
    beneficiaries = first_days(counted, "beneficiary")
    recent = [
        each
        for each in counted
        if each.is_session and timedelta() <= today - each.day < timedelta(days=28)
    ]
    full = share(len(volunteers), campaign["target_volunteers"])
    invested = investment(world, campaign, counted)
    value = social_value(counted)
    impact = mean(of_volunteer(counted, each)["vis"] for each in volunteers)
    row = counts(counted)
    return row | {
        "volunteers": len(volunteers),
        "beneficiaries": len(beneficiaries),
        "sessions_per_week": Fraction(len(recent), 4),
        "volunteer_utilisation": full,
        "beneficiary_utilisation": share(
            len(beneficiaries), campaign["target_beneficiaries"]
        ),
        "session_utilisation": share(row["sessions"], campaign["max_sessions"]),
        "is_near_capacity": None if full is None else Fraction("0.8") <= full < 1,
        "is_over_capacity": None if full is None else full >= 1,
        "reaches_80_percent_on": reached(campaign, volunteers, "0.8", today),
        "reaches_100_percent_on": reached(campaign, volunteers, "1", today),
        "outcome_scores": sum(len(each.scores) for each in counted),
        "valued_scores": len(valued_scores(counted)),
        "valued_confidence": valued_confidence(counted),
        "investment_usd": invested,
        "social_value_usd": value,
        "sroi": value / invested if value is not None and invested else None,
        "vis": impact,
        "vis_band": band(impact, CAMPAIGN_BANDS, "needs_improvement"),
    }


def reached(
    campaign: Row, volunteers: dict[UUID, date | None], part: str, today: date
) -> date | None:
    """Return the day on which a part of the targeted volunteers is or will be there."""
    target = campaign["target_volunteers"]
    if target is None or Fraction(target) <= 0:
        return None
    needed = math.ceil(target * Fraction(part))
    days = sorted(day or date.min for day in volunteers.values())
    if len(days) >= needed:
        return None if days[needed - 1] == date.min else days[needed - 1]
    new = sum(timedelta() <= today - day < timedelta(days=28) for day in days)
    if not new:
        return None
    day = today + timedelta(days=math.ceil(Fraction((needed - len(days)) * 28, new)))
    end = campaign["end_date"]
    return day if end is None or day <= end else None


def of_volunteer(counted: list[Counted], volunteer: UUID) -> Row:
    """Return a volunteer's figures; counts of nothing are 0, the rest is not there."""
    own = [each for each in counted if each.volunteer == volunteer]
    row = volunteer_impact(own)
    if own:
        return row
    zeros = ("activities", "sessions", "hours", "outcome_scores")
    return {name: 0 if name in zeros else None for name in row}


def days_of(world: World, campaign: Row, counted: list[Counted]) -> set[date]:
    """Return the days of a campaign that are reported on."""
    active = {each.day for each in counted} - {None}
    today = date.fromisoformat(world.variables["as_of_date"])
    start = campaign["start_date"] or min(active, default=None)
    end = min(campaign["end_date"] or today, today)
    if start is None or start > end:
        return active
    return active | {start + timedelta(days=n) for n in range((end - start).days + 1)}


def of_day(counted: list[Counted], day: date) -> Row:
    """Return what a day adds and what it comes to; the undated was always there."""
    today = counts([each for each in counted if each.day == day])
    until = counts([each for each in counted if each.day is None or each.day <= day])
    row = today | {f"{name}_to_date": value for name, value in until.items()}
    for role in ("volunteer", "beneficiary"):
        days = first_days(counted, role).values()
        name = {"volunteer": "volunteers", "beneficiary": "beneficiaries"}[role]
        row[f"new_{name}"] = sum(each == day for each in days)
        row[f"{name}_to_date"] = sum(each is None or each <= day for each in days)
    return row


def upsell(world: World, campaign: Row, figures: Row) -> Row:
    """Return how ready a campaign's company is for more, from its figures."""
    full, sroi, vis = (
        figures[name] for name in ("volunteer_utilisation", "sroi", "vis")
    )
    if sroi is not None:
        sroi = Fraction(math.floor(sroi * 100 + Fraction(1, 2)), 100)
    weekly = figures["sessions_per_week"]
    spent = share(campaign["budget_spent"], campaign["budget_allocated"])
    capacity, engagement, spend = (
        points_at(part, x)
        for part, x in (("capacity", full), ("engagement", weekly), ("spend", spent))
    )
    performance = Fraction("0.6") * min(100, 20 * (sroi or 0))
    performance += Fraction("0.4") * (vis or 0)
    missing = {
        "capacity": capacity is None,
        "performance": sroi is None or vis is None,
        "spend": spend is None,
    }
    siblings = [
        each
        for each in world.rows("campaigns")
        if each["company_id"] == campaign["company_id"] is not None
        and each["status"] == "active"
        and each["is_active"]
    ]
    recommendation = "bundle_upgrade" if len(siblings) >= 2 else "none"
    if full is not None and full >= Fraction("0.8"):
        recommendation = "capacity_expansion"
    elif (sroi or 0) > 5 or (vis or 0) > 80:
        recommendation = "performance_boost"
    elif weekly > 25:
        recommendation = "engagement_boost"
    return {
        "is_upsell": None if full is None else full > Fraction("0.8"),
        "score": Fraction("0.4") * (capacity or 0)
        + Fraction("0.3") * performance
        + Fraction("0.2") * engagement
        + Fraction("0.1") * (spend or 0),
        "capacity_points": capacity or 0,
        "performance_points": performance,
        "engagement_points": engagement,
        "spend_points": spend or 0,
        "missing_parts": [part for part, is_missing in missing.items() if is_missing],
        "recommendation": recommendation,
    }


def points_at(part: str, x: Fraction | None) -> Fraction | None:
    """Return a curve's points: linear between its knots, flat outside."""
    if x is None:
        return None
    knots = [(Fraction(at), points) for at, points in CURVES[part]]
    place = bisect_right([at for at, _ in knots], x)
    if place in (0, len(knots)):
        return Fraction(knots[min(place, len(knots) - 1)][1])
    (left, low), (right, high) = knots[place - 1 : place + 1]
    return low + (x - left) / (right - left) * (high - low)
