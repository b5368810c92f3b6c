"""The contract's section 10 read aloud: what activities come to and are worth.

Figures are exact fractions until they are shown; None is a figure without basis.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any
from uuid import UUID

from reference.rules import associations
from reference.world import Row, World, activities

CONFIRMING = ("auto", "accepted", "reassigned")
HOUR_USD = {2021: "29.95", 2022: "31.80", 2023: "33.49", 2024: "34.79", 2025: "36.14"}
VALUE_USD = {"integration": 150, "language": 500, "job_readiness": 300}
OUTCOMES = {
    "integration": ("integration", "belonging"),
    "language": ("language", "language_proficiency", "lang_level_proxy"),
    "job_readiness": ("job_readiness", "career_readiness", "workplace_readiness"),
}
START = Fraction("0.3")


@dataclass(frozen=True)
class Counted:
    """An activity that counts for a campaign, with its scores."""

    campaign_id: UUID
    activity_type: str
    is_confirmed: bool
    day: date | None
    volunteer: UUID | None
    beneficiary: UUID | None
    is_session: bool
    hours: Fraction
    scores: tuple[tuple[str, Fraction, Fraction | None], ...]


def counted_activities(world: World) -> list[Counted]:
    """Return the activities that count for any campaign, confirmed or in review."""
    found = []
    for key, row in associations(world).items():
        campaign = world.find("campaigns", row["campaign_id"])
        is_confirmed = row["decision"] in CONFIRMING
        if campaign is None or not (is_confirmed or row["decision"] == "review"):
            continue
        (activity,) = (each for each in activities(world) if each.key == key)
        held, hours = False, Fraction(0)
        if activity.activity_type == "session":
            session = world.find("kintell_sessions", activity.activity_id)
            held = session.get("completed_at") is not None
            if held:
                hours = Fraction(session.get("duration_minutes") or 0, 60)
        found.append(
            Counted(
                campaign_id=campaign["id"],
                activity_type=activity.activity_type,
                is_confirmed=is_confirmed,
                day=activity.day,
                volunteer=activity.volunteer_id,
                beneficiary=activity.beneficiary_id,
                is_session=held,
                hours=hours,
                scores=tuple(scores_of(world, *key)),
            )
        )
    return found


def scores_of(world: World, activity_type: str, activity_id: UUID) -> Iterable[Any]:
    """Yield dimension, score and confidence of what was said about an activity."""
    texts: set[tuple[str, UUID]] = set()
    if activity_type == "session":
        texts.add(("kintell_feedback", activity_id))
    if activity_type == "match":
        for table, kind in (
            ("buddy_feedback", "buddy_feedback"),
            ("buddy_checkins", "checkin_note"),
        ):
            rows = world.rows(table)
            texts |= {
                (kind, row["id"]) for row in rows if row["match_id"] == activity_id
            }
    for row in world.rows("outcome_scores"):
        if (row["text_type"], row["text_id"]) in texts and row["score"] is not None:
            confidence = row["confidence"]
            yield (
                row["dimension"],
                Fraction(row["score"]),
                None if confidence is None else Fraction(confidence),
            )


def mean(values: Iterable[Fraction]) -> Fraction | None:
    """Return the mean, None of nothing."""
    values = list(values)
    return sum(values, Fraction(0)) / len(values) if values else None


def investment(world: World, campaign: Row, counted: list[Counted]) -> Fraction | None:
    """Return what was put into a campaign, in US dollars."""
    total = Fraction(0)
    for each in counted:
        if each.hours:
            year = min(HOUR_USD, key=lambda known: (abs(known - each.day.year), known))
            total += each.hours * Fraction(HOUR_USD[year])
    if not world.variables.get("sroi_include_budget"):
        return total
    spent = budget_spent_usd(campaign)
    return None if spent is None else total + spent


def budget_spent_usd(campaign: Row) -> Fraction | None:
    """Return what a campaign spent in US dollars, at the rate of its first year."""
    spent, currency = campaign["budget_spent"], campaign["currency"]
    start = campaign["start_date"]
    if spent == 0:
        return Fraction(0)
    # of the seed's rates, those that drawn worlds meet
    rate = {"USD": 1, "EUR": Fraction("1.0824")}.get((currency or "").upper())
    if currency != "USD" and (start is None or start.year != 2024):
        return None
    return None if spent is None or rate is None else Fraction(spent) * rate


def valued_scores(counted: list[Counted]) -> list[Any]:
    """Return beneficiary, outcome, score and confidence of each valued score."""
    return [
        (each.beneficiary, outcome, score, confidence)
        for each in counted
        for dimension, score, confidence in each.scores
        for outcome, dimensions in OUTCOMES.items()
        if dimension in dimensions and each.beneficiary is not None
    ]


def valued_confidence(counted: list[Counted]) -> Fraction | None:
    return mean(
        Fraction("0.85") if confidence is None else confidence
        for *_, confidence in valued_scores(counted)
    )


def social_value(counted: list[Counted]) -> Fraction | None:
    """Return the social value of activities in US dollars."""
    reached = defaultdict(list)
    for beneficiary, outcome, score, _ in valued_scores(counted):
        reached[beneficiary, outcome].append(score)
    if not reached:
        return None
    total = sum(
        max(Fraction(0), mean(scores) - START) * VALUE_USD[outcome]
        for (_, outcome), scores in reached.items()
    )
    return total * (
        Fraction("0.8") if valued_confidence(counted) < Fraction("0.7") else 1
    )


def volunteer_impact(counted: list[Counted]) -> Row:
    """Return the VIS of one volunteer's activities in a campaign, with its parts."""
    days = [each.day for each in counted if each.is_session]
    hours = sum((each.hours for each in counted), Fraction(0))
    scores = [score for each in counted for _, score, _ in each.scores]
    pace = Fraction(0)
    if days:
        pace = len(days) / max(Fraction(1), Fraction((max(days) - min(days)).days, 30))
    steps = ((8, 100), (4, 75), (2, 50))
    consistency = next((points for least, points in steps if pace >= least), 25)
    consistency = consistency if pace > 0 else 0
    improvement = mean(scores) - START if scores else None
    outcome = Fraction(0)
    if improvement is not None and improvement >= Fraction("0.1"):
        outcome = (improvement - Fraction("0.1")) / Fraction("0.9") * 100
    vis = (
        Fraction("0.3") * min(Fraction(100), hours)
        + Fraction("0.3") * consistency
        + Fraction("0.4") * min(Fraction(100), outcome)
    )
    return {
        "activities": len(counted),
        "sessions": len(days),
        "hours": hours,
        "outcome_scores": len(scores),
        "first_session_date": min(days, default=None),
        "last_session_date": max(days, default=None),
        "sessions_per_month": pace,
        "improvement": improvement,
        "hours_points": min(Fraction(100), hours),
        "consistency_points": consistency,
        "outcome_points": outcome,
        "vis": vis,
        "vis_band": band(
            vis, {76: "exceptional", 51: "high_impact", 26: "contributing"}, "emerging"
        ),
    }


def band(figure: Fraction | None, bands: dict[int, str], lowest: str) -> str | None:
    """Return the first band that a figure reaches, as it is shown, to 4 decimals."""
    if figure is None:
        return None
    shown = round(figure, 4)
    return next((name for least, name in bands.items() if shown >= least), lowest)
