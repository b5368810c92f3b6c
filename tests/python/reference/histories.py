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

# what changes for all worlds at once before a run, in an order that is drawn
CHANGES = ("nothing", "nothing", "day", "rules")
# runs that came to a bad end, or that people made otherwise, before the run that counts
FATES = (
    "cut short", "without queue", "failed to merge", "nothing",
    "associations alone", "failed to forget", "full refresh cut short", "full refresh",
)  # fmt: skip
# what becomes of the books at a round's start, in turn
BOOKS = ("lock", "nothing", "unlock", "lock", "lock")
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
    """What is the same for all worlds of a run: the rules, and a fate before it.

    ``reach`` is the share of the models that a run gets to before it is cut short, and
    ``tried`` are the variables it has. Before all that the books are closed before the
    day ``closes``, or opened where ``opens``.
    """

    variables: dict[str, Any]
    points: dict[str, int]
    tried: dict[str, Any]
    fate: str = "nothing"
    reach: float = 1.0
    closes: date | None = None
    opens: bool = False


@dataclass(frozen=True)
class History:
    """A world before the first run, and its edits before each of the later ones.

    ``edits`` are made before the round's fate, ``later`` after it: some take back what
    only the ill-fated run has seen.
    """

    world: World
    edits: list[list[Edit]]
    later: list[list[Edit]]


@st.composite
def rounds(draw: st.DrawFn, count: int, number: int) -> list[Round]:
    """Draw a first round and ``count`` later ones; most leave the rules alone.

    The fates are taken in turn, so that a few sequences meet all of them.
    """
    variables = variables_of(draw(st.sampled_from([{}, {}, *VARIABLE_SETS.values()])))
    found = [Round(variables, dict(DEFAULT_POINTS), variables)]
    closed = None
    changes = [draw(st.permutations(CHANGES)) for _ in range(-(-count // len(CHANGES)))]
    for place, change in enumerate([each for some in changes for each in some][:count]):
        turn = number * count + place
        books = BOOKS[turn % len(BOOKS)]
        if books == "unlock":
            closed = None
        closes = draw(closing_day(found[-1], closed)) if books == "lock" else None
        closed = closes or closed
        changed = replace(
            found[-1],
            fate=FATES[turn % len(FATES)],
            reach=draw(st.floats(0.2, 0.95)),
            closes=closes,
            opens=books == "unlock",
        )
        if change == "day":
            changed = replace(changed, variables=draw(another_day(changed.variables)))
        elif change == "rules":
            changed = draw(other_rules(changed))
        tried = draw(st.sampled_from([changed, draw(other_rules(changed))]))
        found.append(replace(changed, tried=tried.variables))
    return found


@st.composite
def closing_day(draw: st.DrawFn, last: Round, closed: date | None) -> date | None:
    """Draw a day to close the books before: none after the last run's, none earlier."""
    today = date.fromisoformat(last.variables["as_of_date"])
    day = today - timedelta(days=draw(st.sampled_from([0, 2, 5, 10])))
    day = max(day, closed or day)
    return day if day <= today else None


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
            history(chance, world, donor, during[1:])
            for world, donor in some_of(pairs, WORLDS, number)
        ]
    )


def history(chance: Random, world: World, donor: World, during: list[Round]) -> History:
    """Return a world's history: up to three edits a round, now and then taken back."""
    found = History(world, [], [])
    for this in during:
        world = replace(world, variables=this.variables, points=this.points)
        edits = []
        for _ in range(chance.choice([0, 1, 2, 3])):
            edit = pick_edit(chance, world, donor)
            if edit is not None:
                edits.append(edit)
                world = edited(world, edit)
        later = taken_back(edits) if chance.choice([True, False]) else []
        for edit in later:
            world = edited(world, edit)
        found.edits.append(edits)
        found.later.append(later)
    return found


def taken_back(edits: list[Edit]) -> list[Edit]:
    """Return edits that undo others; decisions stay."""
    return [
        Edit(edit.table, edit.after, edit.before)
        for edit in reversed(edits)
        if edit.table != DECISIONS
    ]


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
