"""Progress on the terminal: rows, rate and time left; silent for programs."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

# tell how many more rows are done
Advance = Callable[[int], None]
# open a bar with a title and a total number of rows
Bar = Callable[[str, int], AbstractContextManager[Advance]]


class RateColumn(ProgressColumn):
    """Rows a second over the last while."""

    def render(self, task: Task) -> Text:
        """Return the rate, or nothing while it is unknown."""
        speed = task.finished_speed or task.speed
        return Text(f"{speed:,.0f} rows/s" if speed else "", style="cyan")


@contextmanager
def silent(title: str, total: int) -> Iterator[Advance]:
    """Show nothing."""
    yield lambda rows: None


@contextmanager
def progress_bar(title: str, total: int) -> Iterator[Advance]:
    """Show a bar on the error stream; nothing where that is no terminal."""
    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        RateColumn(),
        TimeRemainingColumn(),
    )
    with Progress(
        *columns, console=console, disable=not console.is_terminal
    ) as progress:
        task = progress.add_task(title, total=total)
        yield lambda rows: progress.advance(task, rows)


def choose_bar(as_json: bool) -> Bar:
    """Return the bar for a command that was, or was not, asked for ``--json``."""
    return silent if as_json else progress_bar


@contextmanager
def step_bar(title: str, *, shown: bool) -> Iterator[Callable[[str, int, int], None]]:
    """Show the steps of a job whose number is only known once it runs.

    The block is given a function of the step's name, its number and how many there
    are. Shown on the error stream; nothing where that is no terminal.
    """
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(
        *columns, console=console, disable=not (shown and console.is_terminal)
    ) as progress:
        task = progress.add_task(title, total=None)

        def advance(name: str, number: int, total: int) -> None:
            progress.update(
                task, description=f"{title}: {name}", completed=number, total=total
            )

        yield advance


@contextmanager
def waiting(title: str, *, shown: bool) -> Iterator[None]:
    """Show that something is going on whose steps cannot be counted."""
    console = Console(stderr=True)
    if shown and console.is_terminal:
        with console.status(title):
            yield
    else:
        yield
