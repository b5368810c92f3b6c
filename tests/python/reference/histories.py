"""What happens to worlds between runs: Hypothesis strategies, and the edits they draw.

A history is a world and rounds of edits to it. New values come from a second world of
the same number, so an edit is as odd as a drawn world is.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from hypothesis import strategies as st

from reference.picking import Variant
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


@st.composite
def histories(draw: st.DrawFn, variant: Variant, during: list[Round]) -> History:
    """Draw the history of world 0."""
    world = draw(worlds(0, during[0].variables, variant))
    donor = draw(worlds(0, during[-1].variables, variant))
    found, now = [], world
    for _ in during[1:]:
        found.append(draw(edits(now, donor)))
        for edit in found[-1]:
            now = edited(now, edit)
    return History(world, found)


@st.composite
def edits(draw: st.DrawFn, world: World, donor: World) -> list[Edit]:
    """Draw a few edits, one after another."""
    found = []
    for _ in range(draw(st.sampled_from([1, 2, 0, 3]))):
        table = draw(st.sampled_from(EDITED))
        changed = list(changes(world, donor, table))
        others = [*additions(world, donor, table), *deletions(world, table)]
        # a change of one column twice as often as a row more or less
        possible = draw(st.sampled_from([changed, changed, others])) or others
        if possible:
            found.append(draw(st.sampled_from(possible)))
            world = edited(world, found[-1])
    return found


def changes(world: World, donor: World, table: str) -> Iterator[Edit]:
    """Yield every change of one column to a value that the donor has there."""
    if table == DECISIONS:
        return
    for row in world.rows(table):
        for column in row.keys() - {"id"}:
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
