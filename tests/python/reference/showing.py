"""Worlds and values in few words, for the message of a failed comparison."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from reference.identifiers import read_identifier
from reference.world import Row, World


def readable(value: Any) -> str:
    """Return a value in words."""
    if isinstance(value, tuple):
        return " ".join(readable(each) for each in value)
    if isinstance(value, UUID):
        return read_identifier(value)
    if isinstance(value, date | Decimal | str):
        return str(value)
    return repr(value)


def show(world: World) -> str:
    """Return the world, one line a row; columns that are NULL are left out."""
    lines = [f"  vars {world.variables}", f"  points {world.points}"]
    for table, rows in [*world.tables.items(), ("decisions", world.decisions)]:
        lines += [f"  {table}: {show_row(row)}" for row in rows]
    return "\n".join(lines)


def show_row(row: Row) -> str:
    """Return a row, without its NULLs."""
    return ", ".join(
        f"{column}={value!r}"
        if isinstance(value, list | str)
        else f"{column}={readable(value)}"
        for column, value in row.items()
        if value is not None
    )
