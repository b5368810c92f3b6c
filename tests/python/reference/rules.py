"""The contract's sections 3 to 5, read aloud: what an activity's association is."""

from decimal import Decimal
from uuid import UUID

from reference.candidates import (
    Candidate,
    accepts_type,
    counting_campaigns,
    is_future,
    is_open_on,
    ranked_candidates,
)
from reference.instances import is_near
from reference.placements import companies_of, latest_decisions, placements_of
from reference.world import Activity, Key, Row, World, activities


def associations(world: World) -> dict[Key, Row]:
    """Return what ``campaign_associations`` must hold, by activity key.

    Every public column is there but rules_version and associated_at; for
    match_reasons the value is only whether there are any. A lock wins over all else.
    """
    return current_associations(world) | world.locked


def current_associations(world: World) -> dict[Key, Row]:
    """Return what rules and people say now, whatever is locked."""
    everything = activities(world)
    return {
        activity.key: associate(world, everything, activity) for activity in everything
    }


def associate(world: World, everything: list[Activity], activity: Activity) -> Row:
    """Return the association of one activity."""
    companies, company_basis = companies_of(world, activity)
    placements = placements_of(world, everything, activity)
    candidates = ranked_candidates(world, activity, companies, placements)
    best = candidates[0] if candidates else None
    runner_up = candidates[1] if len(candidates) > 1 else None

    row: Row = {
        "activity_type": activity.activity_type,
        "activity_id": activity.activity_id,
        "activity_date": activity.day,
        "beneficiary_id": activity.beneficiary_id,
        "company_id": next(iter(companies)) if len(companies) == 1 else None,
        "company_basis": company_basis,
        "candidate_count": len(candidates),
        "band": band(world, best),
        **figures(best),
        "runner_up_campaign_id": None,
        "margin": None,
        "is_tied": is_tied(world, best, runner_up),
        "is_placed_elsewhere": is_placed_elsewhere(world, activity, best, placements),
        "campaign_id": None,
        "program_instance_id": None,
        "review_reason": None,
        "unmatched_reason": None,
        "near_miss_days": None,
    }
    if best is not None:
        row["campaign_id"] = best.campaign["id"]
        row["company_id"] = best.campaign["company_id"]
    if best is not None and runner_up is not None:
        row["runner_up_campaign_id"] = runner_up.campaign["id"]
        row["margin"] = best.score - runner_up.score

    decision = latest_decisions(world).get(activity.key)
    if decision is None:
        row |= rules_decide(world, activity, companies, best, row)
    else:
        row |= person_decided(world, decision)
    return row


def figures(best: Candidate | None) -> Row:
    """Return the figures of the best candidate, zeros without one."""
    if best is None:
        return {
            "confidence": 0,
            "points_company": 0,
            "points_date": 0,
            "points_group": 0,
            "points_status": 0,
            "points_instance": 0,
            "group_signal": None,
            "tag_similarity": None,
            "is_placed": False,
            "cohort_ambiguous": False,
            "has_match_reasons": False,
        }
    return {
        "confidence": best.score,
        "points_company": best.points_company,
        "points_date": best.points_date,
        "points_group": best.points_group,
        "points_status": best.points_status,
        "points_instance": best.points_instance,
        "group_signal": best.group_signal,
        "tag_similarity": best.similarity,
        "is_placed": best.is_enrolled,
        "cohort_ambiguous": best.cohort_ambiguous,
        "has_match_reasons": True,
    }


# -- doubt, band and decision --------------------------------------------------------


def is_tied(world: World, best: Candidate | None, runner_up: Candidate | None) -> bool:
    limit = world.variables["tie_similarity"]
    if best is None or runner_up is None or best.is_enrolled or limit is None:
        return False
    distance = abs(best.similarity - runner_up.similarity)
    return best.score == runner_up.score and distance < Decimal(str(limit))


def is_placed_elsewhere(
    world: World, activity: Activity, best: Candidate | None, placements: set[UUID]
) -> bool:
    """Whether a placement near the day speaks for another campaign than the best."""
    grace = world.variables["placement_grace_days"]
    if best is None or best.is_enrolled or grace is None:
        return False
    for instance_id in placements:
        instance = world.find("program_instances", instance_id)
        campaign = world.find("campaigns", instance.get("campaign_id"))
        if (
            campaign is not None
            and campaign["id"] != best.campaign["id"]
            and accepts_type(world, campaign, activity.program_type)
            and is_near(instance, activity.day, grace)
        ):
            return True
    return False


def band(world: World, best: Candidate | None) -> str:
    if best is None:
        return "none"
    if best.score >= world.variables["auto_threshold"]:
        return "high"
    if best.score >= world.variables["review_threshold"]:
        return "medium"
    return "low"


def rules_decide(
    world: World,
    activity: Activity,
    companies: set[UUID],
    best: Candidate | None,
    row: Row,
) -> Row:
    """Return the decision, its reason and what may be written, without a person."""
    if row["band"] in ("low", "none"):
        reason = unmatched_reason(world, activity, companies, best)
        days = None
        if reason == "no_campaign_on_date":
            days = near_miss_days(world, activity, companies)
        return {
            "decision": "unmatched",
            "unmatched_reason": reason,
            "near_miss_days": days,
        }
    if row["band"] == "medium":
        return {"decision": "review", "review_reason": "medium_confidence"}
    if best.instance is None:
        return {"decision": "review", "review_reason": "no_program_instance"}
    if row["is_tied"]:
        return {"decision": "review", "review_reason": "tied_candidates"}
    if row["is_placed_elsewhere"]:
        return {"decision": "review", "review_reason": "placed_elsewhere"}
    return {"decision": "auto", "program_instance_id": best.instance["id"]}


def person_decided(world: World, decision: Row) -> Row:
    """Return what a person's decision makes of the row."""
    if decision["decision"] == "rejected":
        return {"decision": "rejected", "campaign_id": None}
    instance = world.find("program_instances", decision["program_instance_id"])
    if instance is None:
        return {"decision": "review", "review_reason": "stale_decision"}
    campaign = world.find("campaigns", instance.get("campaign_id"))
    return {
        "decision": decision["decision"],
        "program_instance_id": instance["id"],
        "campaign_id": instance.get("campaign_id"),
        "company_id": None if campaign is None else campaign.get("company_id"),
    }


def unmatched_reason(
    world: World, activity: Activity, companies: set[UUID], best: Candidate | None
) -> str:
    """Return the first reason that holds, in the contract's order."""
    campaigns = counting_campaigns(world, companies)
    if activity.day is None:
        return "missing_date"
    if is_future(world, activity):
        return "future_dated"
    if world.find("users", activity.beneficiary_id) is None:
        return "unknown_beneficiary"
    if not companies:
        return "missing_company"
    if not campaigns:
        return "no_campaign_for_company"
    if not any(is_open_on(campaign, activity.day) for campaign in campaigns):
        return "no_campaign_on_date"
    if best is None:
        return "no_campaign_for_program_type"
    return "low_confidence"


def near_miss_days(
    world: World, activity: Activity, companies: set[UUID]
) -> int | None:
    """Return by how many days the nearest window misses the activity's day."""
    misses = []
    for campaign in counting_campaigns(world, companies):
        start, end = campaign.get("start_date"), campaign.get("end_date")
        if start is not None and end is not None and start <= end:
            distance = max((start - activity.day).days, (activity.day - end).days)
            misses.append(distance)
    return min(misses, default=None)
