"""Ids that a reader of a failed comparison can read: ``campaign 2 of world 0``."""

from uuid import UUID

KINDS = (
    "company", "person", "volunteer", "stranger", "group", "template", "campaign",
    "instance", "activity", "nowhere", "score", "snippet",
)  # fmt: skip


def identifier(world: int, kind: str, number: int) -> UUID:
    """Return an id of one world. The order of ids is not the order of numbers."""
    place = KINDS.index(kind)
    scrambled = (number * 7 + world * 3 + place * 5) % 16
    return UUID(int=scrambled << 124 | world << 32 | place << 16 | number)


def read_identifier(value: UUID) -> str:
    """Return an id in words; its first digit decides where ids are ordered."""
    world, place, number = (
        value.int >> 32 & 0xFFFF, value.int >> 16 & 0xFFFF, value.int & 0xFFFF,
    )  # fmt: skip
    return f"{KINDS[place]} {number} of world {world} ({str(value)[0]}…)"
