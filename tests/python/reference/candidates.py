"""The campaigns eligible for an activity, with their points, the best one first."""

from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from uuid import UUID

from reference.instances import chosen_instance, covering_instances
from reference.world import Activity, Row, World, clean_tags

# a template of this type lets in activities of every type
ALL_TYPES = "weei"


@dataclass(frozen=True)
class Candidate:
    """A campaign eligible for an activity, with its points and its instance."""

    campaign: Row
    group_signal: str | None
    similarity: Decimal
    points_company: int
    points_date: int
    points_group: int
    points_status: int
    points_instance: int
    score: int
    instance: Row | None
    cohort_ambiguous: bool

    @property
    def is_enrolled(self) -> bool:
        return self.group_signal == "enrolled"


def ranked_candidates(
    world: World, activity: Activity, companies: set[UUID], placements: set[UUID]
) -> list[Candidate]:
    """Return the eligible campaigns, scored, the best one first."""
    if activity.day is None or is_future(world, activity):
        return []
    candidates = [
        score(world, activity, campaign, placements)
        for campaign in counting_campaigns(world, companies)
        if is_open_on(campaign, activity.day)
        and accepts_type(world, campaign, activity.program_type)
    ]
    return sorted(
        candidates,
        key=lambda candidate: (
            not candidate.is_enrolled,
            -candidate.score,
            -candidate.similarity,
            candidate.campaign.get("status") != "active",
            -candidate.campaign["start_date"].toordinal(),
            candidate.campaign["id"],
        ),
    )


def is_future(world: World, activity: Activity) -> bool:
    today = date.fromisoformat(world.variables["as_of_date"])
    return activity.day is not None and activity.day > today


def counting_campaigns(world: World, companies: set[UUID]) -> list[Row]:
    """Return the companies' campaigns that are out of draft and switched on."""
    return [
        campaign
        for campaign in world.rows("campaigns")
        if campaign.get("company_id") in companies
        and campaign.get("status") not in (None, "draft")
        and campaign.get("is_active") is True
    ]


def is_open_on(campaign: Row, day: date) -> bool:
    start, end = campaign.get("start_date"), campaign.get("end_date")
    return start is not None and end is not None and start <= day <= end


def accepts_type(world: World, campaign: Row, program_type: str | None) -> bool:
    """Whether a campaign's template lets in activities of this program type."""
    if not world.variables["require_program_type"]:
        return True
    template = world.find("program_templates", campaign.get("program_template_id"))
    wanted = None if template is None else template.get("program_type")
    return wanted in (None, ALL_TYPES) or wanted == program_type


def score(
    world: World, activity: Activity, campaign: Row, placements: set[UUID]
) -> Candidate:
    """Give an eligible campaign its points."""
    points = world.points
    covering = covering_instances(world, campaign, activity.day)
    is_placed = any(instance["id"] in placements for instance in covering)

    group = world.find("beneficiary_groups", campaign.get("beneficiary_group_id"))
    group_tags = frozenset() if group is None else clean_tags(group.get("tags"))
    signal = group_signal(is_placed, activity.tags, group_tags)

    status = campaign.get("status")
    status_points = 0
    if status in ("active", "completed", "closed"):
        status_points = points["campaign_active"]
    elif status == "recruiting":
        status_points = points["campaign_recruiting"]

    parts = {
        "points_company": points["company_match"],
        "points_date": points["date_match"],
        "points_group": 0 if signal is None else points[signal],
        "points_status": status_points,
        "points_instance": points["active_instance"] if covering else 0,
    }
    return Candidate(
        campaign=campaign,
        group_signal=signal,
        similarity=similarity(activity.tags, group_tags),
        # the 75 of a group whose tags are not met is what the default points add up
        # to, not a second cap: a dbt test warns where other points go beyond it
        score=min(100, sum(parts.values())),
        instance=chosen_instance(covering, placements),
        cohort_ambiguous=len(covering) > 1 and not is_placed,
        **parts,
    )


def group_signal(
    is_placed: bool, evidence: frozenset[str], group_tags: frozenset[str]
) -> str | None:
    """Return the one signal that counts; None: the group's tags speak against."""
    if is_placed:
        return "enrolled"
    if group_tags and evidence == group_tags:
        return "group_exact"
    if evidence & group_tags:
        return "group_partial"
    if not group_tags:
        return "group_open"
    return None


def similarity(one: frozenset[str], other: frozenset[str]) -> Decimal:
    if not one | other:
        return Decimal("0.000000")
    share = Decimal(len(one & other)) / Decimal(len(one | other))
    return share.quantize(Decimal("0.000001"), rounding=ROUND_HALF_UP)
