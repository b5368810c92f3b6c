"""How output for people looks: one kind of console, one kind of table."""

import sys

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

# wide enough for every table, where the output goes to a file or a scheduler's log
FILE_WIDTH = 100


def make_console(*, stderr: bool = False) -> Console:
    """Return a console as wide as the terminal; colours only on a terminal."""
    stream = sys.stderr if stderr else sys.stdout
    width = None if stream.isatty() else FILE_WIDTH
    return Console(stderr=stderr, width=width, highlight=False)


def make_table(title: str, first: str, *others: str) -> Table:
    """Return a table with a text column and, to its right, columns of numbers."""
    table = Table(
        title=title,
        title_justify="left",
        box=box.SIMPLE_HEAD,
        padding=(0, 1, 0, 0),
        pad_edge=False,
    )
    table.add_column(first, overflow="fold")
    for heading in others:
        table.add_column(heading, justify="right", overflow="fold")
    return table


def count(number: int) -> str:
    """Return a number for a table; nothing is a dash."""
    return f"{number:,}" if number else "-"


def heading(console: Console, text: str) -> None:
    """Print a heading; nothing in it is taken for markup, here and below."""
    console.print()
    console.print(Text(text, style="bold"), soft_wrap=True)


def line(console: Console, label: str, value: object) -> None:
    """Print a value with its label."""
    console.print(Text(f"  {label:<12} {value}"), soft_wrap=True)


def say(console: Console, *words: str) -> None:
    """Print a line of words, folded where the terminal is too narrow."""
    console.print(Text("  " + " ".join(word for word in words if word)))


def or_none(value: object) -> str:
    """Return a value as text, as SQL names it where there is none."""
    return "NULL" if value is None else str(value)
