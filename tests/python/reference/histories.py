"""What people do to worlds between runs.

A history is a world and rounds of edits to it. New values come from a second world of
the same number, so an edit is as odd as a drawn world is.
"""

from dataclasses import dataclass, replace
from random import Random

from hypothesis import strategies as st

from reference.edits import (
    DECISIONS,
    Edit,
    additions,
    changes,
    deletions,
    edited,
    taken_back,
)
from reference.picking import Variant
from reference.rounds import Round
from reference.rules import associations
from reference.sampling import numbered, some_of
from reference.world import TABLES, World
from reference.worlds import worlds

WORLDS = 80
# nothing of a company's row counts, so it is edited more rarely than the others
EDITED = [*TABLES, *(table for table in TABLES if table != "companies"), DECISIONS]


@dataclass(frozen=True)
class History:
    """A world before the first run, and its edits before each of the later ones.

    ``edits`` are made before the round's fate, ``later`` after it: some take back what
    only the ill-fated run has seen.
    """

    world: World
    edits: list[list[Edit]]
    later: list[list[Edit]]


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
