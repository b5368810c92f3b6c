"""Whatever happens between runs, an incremental run gives what a full refresh gives.

A sequence is a database full of small worlds. Between its runs people edit the worlds,
days pass, rules change and runs die; after each run everything is compared with the
plain-Python reference, with a full refresh of a copy, and with what was there before.
The profile ``nightly`` of Hypothesis takes more sequences.
"""

import re
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import hypothesis
import pytest

from reference import compare
from reference.closed_books import closed_book_differences, locked, unlocked
from reference.compare import MODEL
from reference.editing import show_edit
from reference.edits import edited
from reference.histories import History, histories
from reference.living import DIFFERENCES, QUEUE, LivingPlatform, Rows, unlike
from reference.picking import VARIANTS, Variant
from reference.rounds import Round, rounds
from reference.sampling import some_of
from reference.showing import readable, show
from reference.targets import params_of
from reference.world import World

pytestmark = pytest.mark.slow

IS_NIGHTLY = hypothesis.settings.get_current_profile_name() == "nightly"
SEQUENCES = 10 if IS_NIGHTLY else 1
ROUNDS = 6 if IS_NIGHTLY else 3


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("number", range(SEQUENCES))
@pytest.mark.parametrize("variant", VARIANTS, ids=str)
def test_incremental_equals_full_refresh(
    variant: Variant, number: int, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    # no two sequences alike
    number = number * len(VARIANTS) + VARIANTS.index(variant)
    during = some_of(rounds(ROUNDS, number), 8, number)[-1]
    drawn = histories(variant, during, number)
    worlds = [history.world for history in drawn]
    platform = LivingPlatform(params_of(variant, request), variant, tmp_path, during[0])
    platform.start(worlds)
    for place, this in enumerate(during[1:]):
        edits = [edit for history in drawn for edit in history.edits[place]]
        later = [edit for history in drawn for edit in history.later[place]]
        platform.go_on(this, edits, later)
        worlds = [
            after(world, history, place, this)
            for world, history in zip(worlds, drawn, strict=True)
        ]
        is_last = place == ROUNDS - 1
        wrong = found_wrong(platform, worlds, thoroughly=IS_NIGHTLY or is_last)
        if wrong:
            pytest.fail(story(wrong, drawn, worlds, during[: place + 2]))


def after(world: World, history: History, place: int, this: Round) -> World:
    """Return a world after the edits of a round, under its rules and locks."""
    if this.closes:
        world = locked(world, this.closes)
    if this.opens:
        world = unlocked(world)
    for edit in [*history.edits[place], *history.later[place]]:
        world = edited(world, edit)
    return replace(world, variables=this.variables, points=this.points)


def found_wrong(
    platform: LivingPlatform, worlds: list[World], thoroughly: bool
) -> list[str]:
    """Run incrementally and return a line for whatever is not as it should be."""
    before = platform.rows(MODEL)
    platform.run()
    rows, queue = platform.rows(MODEL), platform.rows(QUEUE)
    with platform.target.connect() as connection:
        actual = compare.recorded(connection, platform.target.schema)
    wrong = compare.differences(actual, worlds) + untrue_times(before, rows)
    listed = platform.differences()
    expected = {
        key: row
        for world in worlds
        for key, row in closed_book_differences(world).items()
    }
    wrong += unlike(listed, expected, (), "in the reference")
    if thoroughly and not wrong:
        full = platform.full_refresh()
        wrong += unlike(rows, full[MODEL], ("associated_at",), "in a full refresh")
        wrong += unlike(queue, full[QUEUE], ("waiting_since",), "in a full refresh")
        wrong += unlike(listed, full[DIFFERENCES], (), "in a full refresh")
        platform.run()
        for model, stored in ((MODEL, rows), (QUEUE, queue)):
            moved = platform.rows(model)
            wrong += unlike(stored, moved, (), "after a run without a change", True)
    return wrong


def untrue_times(before: Rows, rows: Rows) -> list[str]:
    """Return a line for each associated_at that is not the last change of its row."""
    lines = []
    for key in sorted(rows.keys() & before.keys()):
        row, earlier = {key: rows[key]}, {key: before[key]}
        changes = unlike(row, earlier, ("associated_at",), "before the run")
        since = rows[key]["associated_at"] - before[key]["associated_at"]
        if (since > timedelta()) != bool(changes):
            lines += [f"{readable(key)}: associated_at is {since} later", *changes]
    return lines


def story(
    wrong: list[str], drawn: list[History], worlds: list[World], during: list[Round]
) -> str:
    """Tell of one world in which something is wrong: what, and how it came to it."""
    number = int(re.search(r"of world (\d+)", wrong[0])[1])
    own = [line for line in wrong if f"of world {number} " in line]
    past = []
    for run, (earlier, this) in enumerate(pairwise(during), start=1):
        rules = {**this.variables, **this.points}.items()
        changed = dict(rules - {**earlier.variables, **earlier.points}.items())
        tried = dict(this.tried.items() - this.variables.items())
        past += [
            f"  run {run}: rules changed: {changed or 'none'}",
            f"    books: closed before {this.closes}, opened {this.opens}",
            *(f"    {show_edit(edit)}" for edit in drawn[number].edits[run - 1]),
            f"    before it: {this.fate}, with {tried or 'the same rules'}",
            *(f"    {show_edit(edit)}" for edit in drawn[number].later[run - 1]),
        ]
    return "\n".join(
        [
            f"{len(wrong)} lines are wrong after run {len(during) - 1}, of which",
            *own[:20],
            "How it came to this:",
            *past,
            f"World {number} now:",
            show(worlds[number]),
        ]
    )
