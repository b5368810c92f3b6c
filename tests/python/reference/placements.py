"""Whose company counts for an activity, and where its beneficiary is placed."""

from uuid import UUID

from reference.world import Activity, Key, Row, World


def companies_of(world: World, activity: Activity) -> tuple[set[UUID], str | None]:
    """Return the companies an activity may belong to, and through whom."""
    for person, basis in (
        (activity.beneficiary_id, "beneficiary"),
        (activity.volunteer_id, "volunteer"),
    ):
        found = {
            membership["company_id"]
            for membership in world.rows("company_users")
            if person is not None
            and membership.get("user_id") == person
            and membership.get("company_id") is not None
        }
        if found:
            return found, basis
    return set(), None


def placements_of(
    world: World, everything: list[Activity], activity: Activity
) -> set[UUID]:
    """Return the instances the beneficiary is placed in, as this activity sees it."""
    person = activity.beneficiary_id
    if person is None:
        return set()
    placed = set()
    if world.variables["use_enrollments"]:
        for enrollment in world.rows("program_enrollments"):
            not_dropped = enrollment.get("status") != "dropped"
            if enrollment.get("user_id") == person and not_dropped:
                placed.add(enrollment.get("program_instance_id"))
    if world.variables["decisions_teach"]:
        decisions = latest_decisions(world)
        for sibling in everything:
            decision = decisions.get(sibling.key)
            if (
                sibling.key != activity.key
                and sibling.beneficiary_id == person
                and decision is not None
                and decision["decision"] in ("accepted", "reassigned")
            ):
                placed.add(decision["program_instance_id"])
    return {i for i in placed if world.find("program_instances", i) is not None}


def latest_decisions(world: World) -> dict[Key, Row]:
    """Return the decision that holds for each decided activity."""
    latest = {}
    for decision in world.decisions:
        latest[(decision["activity_type"], decision["activity_id"])] = decision
    return {
        key: decision
        for key, decision in latest.items()
        if decision["decision"] != "withdrawn"
    }
