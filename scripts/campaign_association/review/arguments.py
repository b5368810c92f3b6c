"""Arguments and options of ``review``."""

import functools
import sys
from collections.abc import Callable
from typing import IO, Any
from uuid import UUID

import click

from campaign_association.errors import WrongUsage
from campaign_association.migration.tables import ACTIVITY_TABLES
from campaign_association.review.decisions import Selection
from campaign_association.review.queue import ORDERS, Activity, Filters

ACTIVITY_TYPES = [*ACTIVITY_TABLES]

Command = Callable[..., Any]


def filter_options(*reason_names: str) -> Callable[[Command], Command]:
    """Give a command the filters of the queue; it receives ``filters``."""

    def decorate(command: Command) -> Command:
        @click.option("--company", type=click.UUID, help="Id of the company.")
        @click.option("--campaign", type=click.UUID, help="Id of the best campaign.")
        @click.option(
            "--type",
            "activity_type",
            type=click.Choice(ACTIVITY_TYPES),
            help="Activities of that type.",
        )
        @click.option(
            *reason_names,
            "waiting_reason",
            metavar="REASON",
            help="Why they wait, such as tied_candidates.",
        )
        @click.option("--limit", type=click.IntRange(min=1), help="At most so many.")
        @click.option(
            "--order",
            type=click.Choice(list(ORDERS)),
            default="oldest",
            show_default=True,
            help="Which ones come first.",
        )
        @functools.wraps(command)
        def wrapper(
            company: UUID | None,
            campaign: UUID | None,
            activity_type: str | None,
            waiting_reason: str | None,
            limit: int | None,
            order: str,
            **options: Any,
        ) -> Any:
            filters = Filters(
                company, campaign, activity_type, waiting_reason, limit, order
            )
            return command(filters=filters, **options)

        return wrapper

    return decorate


again_option = click.option(
    "--again", is_flag=True, help="Decide also what was decided already."
)


def selection_arguments(command: Command) -> Command:
    """Let a command take one activity, those in a file, or all that filters find.

    It receives the ``selection``, and ``again``.
    """

    @click.argument(
        "kind", metavar="[TYPE]", type=click.Choice(ACTIVITY_TYPES), required=False
    )
    @click.argument("activity_id", metavar="[ID]", type=click.UUID, required=False)
    @click.option("--all", "take_all", is_flag=True, help="All that the filters find.")
    @click.option(
        "--from",
        "file",
        type=click.File(),
        help="A file of lines TYPE ID; - is the standard input.",
    )
    @filter_options("--review-reason")
    @again_option
    @functools.wraps(command)
    def wrapper(
        kind: str | None,
        activity_id: UUID | None,
        take_all: bool,
        file: IO[str] | None,
        filters: Filters,
        again: bool,
        **options: Any,
    ) -> Any:
        if [kind is not None, take_all, file is not None].count(True) != 1:
            raise WrongUsage("Name an activity by TYPE and ID, or use --all or --from.")
        if filters != Filters() and not take_all:
            raise WrongUsage("Filters, --limit and --order go with --all.")
        if again and take_all:
            raise WrongUsage("--all takes what waits; --again goes with what you name.")
        if take_all:
            selection = Selection(filters=filters)
        elif file is not None:
            selection = Selection(activities=read_activities(file))
        else:
            selection = one_activity(kind, activity_id)
        return command(selection=selection, again=again, **options)

    return wrapper


def decision_options(command: Command) -> Command:
    """Give a command what every decision needs: who, and whether to ask."""
    for option in (
        click.option(
            "--reviewer",
            required=True,
            metavar="HANDLE",
            envvar="CAMPAIGN_ASSOCIATION_REVIEWER",
            show_envvar=True,
            help="Who decides: a handle such as ann.b, never a name or address.",
        ),
        click.option("--yes", is_flag=True, help="Do not ask."),
        click.option("--dry-run", is_flag=True, help="Say what would be recorded."),
    ):
        command = option(command)
    return command


def one_activity(kind: str | None, activity_id: UUID | None) -> Selection:
    """Return the selection of the one activity named on the command line."""
    if kind is None or activity_id is None:
        raise WrongUsage("Name the activity by TYPE and ID.")
    return Selection(activities=[Activity(kind, activity_id)], is_bulk=False)


def read_activities(file: IO[str]) -> list[Activity]:
    """Return the activities that a file names, each once, in its order."""
    try:
        lines = file.read().splitlines()
    except UnicodeDecodeError as error:
        raise WrongUsage(f"{file.name}: this is no text in UTF-8.") from error
    found: dict[Activity, None] = {}
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            kind, activity_id = line.split()
            activity = Activity(kind, UUID(activity_id))
        except ValueError:
            activity = None
        if activity is None or activity.activity_type not in ACTIVITY_TYPES:
            raise WrongUsage(
                f"{file.name}, line {number}: write TYPE and ID, such as "
                "session 1b4e28ba-2fa1-11d2-883f-0016d3cca427; TYPE is one of "
                f"{', '.join(ACTIVITY_TYPES)}."
            )
        found[activity] = None
    if not found:
        raise WrongUsage(f"{file.name} names no activity.")
    return list(found)


def require_terminal() -> None:
    """Raise :class:`WrongUsage` where nobody can be asked."""
    if not sys.stdin.isatty():
        raise WrongUsage(
            "There is no terminal to ask at. Use --yes to record it, or --dry-run to "
            "look first."
        )
