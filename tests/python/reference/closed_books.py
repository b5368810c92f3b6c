"""Closed books a second time: what a lock keeps, what would be otherwise without."""

from dataclasses import replace
from datetime import date
from typing import Any

from reference.rules import associations, current_associations
from reference.world import Key, Row, World

DECIDED = ("accepted", "reassigned", "rejected")
LINK = ("campaign_id", "program_instance_id", "decision")


def locked(world: World, before: date) -> World:
    """Return the world with its books closed before a day, as a run has left it."""
    kept = {
        key: row
        for key, row in associations(world).items()
        if row["activity_date"] is not None and row["activity_date"] < before
    }
    return replace(world, locked=kept | world.locked, closed_before=before)


def unlocked(world: World) -> World:
    """Return the world with open books."""
    return replace(world, locked={}, closed_before=None)


def closed_book_differences(world: World) -> dict[Key, dict[str, Any]]:
    """Return what ``closed_book_differences`` must hold, by activity key."""
    now = current_associations(world)
    found = {}
    for key, row in world.locked.items():
        current = now.get(key)
        if current is None:
            kind = "vanished"
        elif all(row[name] == current[name] for name in LINK):
            continue
        else:
            kind = "decision" if by_a_person(row, current) else "rules"
        found[key] = _listed(kind, row["activity_date"], row, current)
    for key, row in now.items():
        day = row["activity_date"]
        is_closed = world.closed_before and day and day < world.closed_before
        if is_closed and key not in world.locked:
            found[key] = _listed("late", day, None, row)
    return found


def by_a_person(row: Row, current: Row) -> bool:
    """Whether a person made the difference: chose otherwise, or took a choice back."""
    if current["decision"] in DECIDED:
        chosen = ("decision", "program_instance_id")
        return any(row[name] != current[name] for name in chosen)
    return row["decision"] in DECIDED and current["review_reason"] != "stale_decision"


def _listed(kind: str, day: date, row: Row | None, current: Row | None) -> Row:
    return {
        "activity_date": day,
        "difference": kind,
        **{f"locked_{name}": row[name] if row else None for name in LINK},
        **{f"current_{name}": current[name] if current else None for name in LINK},
    }
