"""Which instances cover a day, and which one an activity goes to."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from reference.world import Row, World, with_zone


def covering_instances(world: World, campaign: Row, day: date | None) -> list[Row]:
    """Return the campaign's instances whose dates contain the day."""
    return [
        instance
        for instance in world.rows("program_instances")
        if instance.get("campaign_id") == campaign["id"]
        and is_near(instance, day, grace_days=0)
    ]


def is_near(instance: Row, day: date | None, grace_days: int) -> bool:
    """Whether an instance that runs or ran contains the day, its dates widened."""
    start, end = instance.get("start_date"), instance.get("end_date")
    if instance.get("status") not in ("active", "planned", "completed"):
        return False
    if day is None or start is None:
        return False
    grace = timedelta(days=grace_days)
    return start - grace <= day and (end is None or day <= end + grace)


def chosen_instance(covering: list[Row], placements: set[UUID]) -> Row | None:
    """Return where the activity goes: placed first, then the newest, then by id."""
    if not covering:
        return None

    def order(instance: Row) -> tuple[Any, ...]:
        created = instance.get("created_at")
        return (
            instance["id"] not in placements,
            -instance["start_date"].toordinal(),
            created is None,
            0 if created is None else -with_zone(created).timestamp(),
            instance["id"],
        )

    return min(covering, key=order)
