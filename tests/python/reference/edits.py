"""Edits of a world's rows, with values that a second world of its number has there."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from reference.world import Row, World

DECISIONS = "decisions"


@dataclass(frozen=True)
class Edit:
    """One row added (no ``before``), changed, or deleted (no ``after``)."""

    table: str
    before: Row | None
    after: Row | None


def changes(world: World, donor: World, table: str) -> Iterator[Edit]:
    """Yield every change of one column to a value that the donor has there."""
    if table == DECISIONS:
        return
    for row in world.rows(table):
        for column in [each for each in row if each != "id"]:
            for other in donor.rows(table):
                if other.get(column) != row[column]:
                    yield Edit(table, row, row | {column: other.get(column)})


def additions(world: World, donor: World, table: str) -> Iterator[Edit]:
    """Yield the donor's rows that may be added."""
    if table == DECISIONS:
        for row in donor.decisions:
            yield Edit(table, None, row)
        for row in world.decisions:
            taken_back = {"decision": "withdrawn", "program_instance_id": None}
            yield Edit(table, None, row | taken_back)
        return
    present = {row.get("id") for row in world.rows(table)} - {None}
    for row in donor.rows(table):
        if row.get("id") not in present:
            yield Edit(table, None, row)


def deletions(world: World, table: str) -> Iterator[Edit]:
    """Yield every row that may be deleted; decisions stay."""
    if table != DECISIONS:
        for row in world.rows(table):
            yield Edit(table, row, None)


def edited(world: World, edit: Edit) -> World:
    """Return the world after an edit."""
    if edit.table == DECISIONS:
        return replace(world, decisions=[*world.decisions, edit.after])
    rows = list(world.rows(edit.table))
    if edit.before is None:
        rows.append(edit.after)
    elif edit.after is None:
        rows.remove(edit.before)
    else:
        rows[rows.index(edit.before)] = edit.after
    return replace(world, tables={**world.tables, edit.table: rows})


def taken_back(edits: list[Edit]) -> list[Edit]:
    """Return edits that undo others; decisions stay."""
    return [
        Edit(edit.table, edit.after, edit.before)
        for edit in reversed(edits)
        if edit.table != DECISIONS
    ]
