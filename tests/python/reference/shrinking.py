"""Make a world in which models and reference differ small enough to be read.

Hypothesis shrinks value by value, which takes minutes where each try is a round of
SQL; taking rows away one at a time takes seconds.
"""

from collections.abc import Callable
from dataclasses import replace

from reference.world import Row, World


def smallest(world: World, still_fails: Callable[[World], bool]) -> World:
    """Take away rows for as long as the world still fails."""
    rows_left = None
    while rows_left != (rows_left := _count(world)):
        world = _one_pass(world, still_fails)
    return world


def _one_pass(world: World, still_fails: Callable[[World], bool]) -> World:
    for table in ("decisions", *world.tables):
        for place in reversed(range(len(_rows(world, table)))):
            rows = _rows(world, table)
            smaller = _with_rows(world, table, rows[:place] + rows[place + 1 :])
            if still_fails(smaller):
                world = smaller
    return world


def _rows(world: World, table: str) -> list[Row]:
    return world.decisions if table == "decisions" else world.rows(table)


def _with_rows(world: World, table: str, rows: list[Row]) -> World:
    if table == "decisions":
        return replace(world, decisions=rows)
    return replace(world, tables={**world.tables, table: rows})


def _count(world: World) -> int:
    return len(world.decisions) + sum(map(len, world.tables.values()))
