"""What happens to worlds between runs: edits of their rows, days, rules, ill fates.

A history is a world and rounds of edits to it. New values come from a second world of
the same number, so an edit is as odd as a drawn world is.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from random import Random
from typing import Any

from hypothesis import strategies as st

from reference.picking import Variant
from reference.rules import associations
from reference.sampling import numbered, some_of
from reference.variables import VARIABLE_SETS, point_sets, variable_sets, variables_of
from reference.world import DEFAULT_POINTS, TABLES, Row, World
from reference.worlds import worlds

# what the runs of a sequence have to cope with, one of each kind in a drawn order
CHANGES = ("nothing", "nothing", "day", "rules")
FATES = (
    "nothing", "nothing", "cut short", "failed to merge", "failed to forget",
    "full refresh",
)  # fmt: skip
DECISIONS = "decisions"
WORLDS = 80
# nothing of a company's row counts, so it is edited more rarely than the others
EDITED = [*TABLES, *(table for table in TABLES if table != "companies"), DECISIONS]


@dataclass(frozen=True)
class Edit:
    """One row added (no ``before``), changed, or deleted (no ``after``)."""

    table: str
    before: Row | None
    after: Row | None


@dataclass(frozen=True)
class Round:
    """What is the same for all worlds of a run: the rules, and an ill fate before it.

    ``reach`` is the share of the models that a run gets to before it is cut short.
    """

    variables: dict[str, Any]
    points: dict[str, int]
    fate: str = "nothing"
    reach: float = 1.0


@dataclass(frozen=True)
class History:
    """A world before the first run, and its edits before each of the later ones."""

    world: World
    edits: list[list[Edit]]


@st.composite
def rounds(draw: st.DrawFn, count: int) -> list[Round]:
    """Draw a first round and ``count`` later ones; most leave the rules alone."""
    overrides = draw(st.sampled_from([{}, {}, *VARIABLE_SETS.values()]))
    found = [Round(variables_of(overrides), dict(DEFAULT_POINTS))]
    changes = [draw(st.permutations(CHANGES)) for _ in range(-(-count // len(CHANGES)))]
    fates = [draw(st.permutations(FATES)) for _ in range(-(-count // len(FATES)))]
    for change, fate in zip(
        [each for some in changes for each in some][:count],
        [each for some in fates for each in some][:count],
        strict=True,
    ):
        reach = draw(st.floats(0, 1))
        changed = replace(found[-1], fate=fate, reach=reach)
        if change == "day":
            changed = replace(changed, variables=draw(another_day(changed.variables)))
        elif change == "rules":
            changed = draw(other_rules(changed))
        found.append(changed)
    return found


@st.composite
def another_day(draw: st.DrawFn, variables: dict[str, Any]) -> dict[str, Any]:
    """Draw variables of another day: most often a later one."""
    today = date.fromisoformat(variables["as_of_date"])
    days = draw(st.sampled_from([1, 2, 3, 7, -1, -4]))
    return variables | {"as_of_date": (today + timedelta(days=days)).isoformat()}


@st.composite
def other_rules(draw: st.DrawFn, before: Round) -> Round:
    """Draw another value of one variable (thresholds together), or other points."""
    drawn = draw(variable_sets())
    del drawn["as_of_date"]
    thresholds = ("review_threshold", "auto_threshold")
    single = ((name,) for name in drawn if name not in thresholds)
    choices = [
        names
        for names in (thresholds, *single)
        if any(drawn[name] != before.variables[name] for name in names)
    ]
    chosen = draw(st.sampled_from([("points",), *choices]))
    if chosen == ("points",):
        return replace(before, points=draw(point_sets()))
    changed = {name: drawn[name] for name in chosen}
    return replace(before, variables=before.variables | changed)


def histories(variant: Variant, during: list[Round], number: int) -> list[History]:
    """Return the histories of many worlds, for each number the same ones."""
    pairs = st.tuples(
        worlds(0, during[0].variables, variant),
        worlds(0, during[-1].variables, variant),
    )
    # picked without Hypothesis: from it, most worlds would see the same simple edits
    chance = Random(number)
    return numbered(
        [
            History(world, list(work(chance, world, donor, during[1:])))
            for world, donor in some_of(pairs, WORLDS, number)
        ]
    )


def work(
    chance: Random, world: World, donor: World, during: list[Round]
) -> Iterator[list[Edit]]:
    """Yield a few edits a round."""
    for this in during:
        world = replace(world, variables=this.variables, points=this.points)
        found = []
        for _ in range(chance.choice([0, 1, 2, 3])):
            edit = pick_edit(chance, world, donor)
            if edit is not None:
                found.append(edit)
                world = edited(world, edit)
        yield found


def pick_edit(chance: Random, world: World, donor: World) -> Edit | None:
    """Pick an edit of one table, preferably one that changes an association."""
    table = chance.choice(EDITED)
    possible = [
        *changes(world, donor, table),
        *additions(world, donor, table),
        *deletions(world, table),
    ]
    tried = chance.sample(possible, min(len(possible), chance.choice([1, 10])))
    before = associations(world)
    for edit in tried:
        if associations(edited(world, edit)) != before:
            return edit
    return tried[0] if tried else None


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
