"""What ``review`` prints. Ids, never names; ``--json`` is one object."""

import json
from dataclasses import dataclass
from typing import Any

import click
from rich.console import Console

from campaign_association.review.decisions import Decisions, last_word
from campaign_association.review.queue import Activity

VERBS = {
    "accepted": "accept",
    "reassigned": "reassign",
    "rejected": "reject",
    "withdrawn": "withdraw the decision about",
}


@dataclass(frozen=True)
class Outcome:
    """A decision, how many activities it settles besides, how many of its own are in
    closed books; without ``ids`` it is not recorded.
    """

    decisions: Decisions
    settled: int
    locked: int
    ids: list[int] | None = None


def show_queue(rows: list[dict[str, Any]], total: int, *, as_json: bool) -> None:
    """Print who waits for a person."""
    if as_json:
        _print_json({"waiting": total, "activities": rows})
        return
    console = _console()
    for row in rows:
        margin = "" if row["margin"] is None else f", {row['margin']} before the next"
        console.print(
            f"[bold]{_key(row)}[/]  {row['activity_date']}  {row['review_reason']}"
        )
        console.print(f"  campaign {_id(row['campaign_id'])}", end="  ")
        console.print(f"confidence {row['confidence']}{margin}")
        console.print(f"  instance {_id(row['best_program_instance_id'])}")
        for step in row["steps_to_auto"] or ():
            console.print(f"  to be automatic: {step}")
    _print_total(console, len(rows), total, "waiting for a person")


def show_decided(rows: list[dict[str, Any]], total: int, *, as_json: bool) -> None:
    """Print current decisions, newest first."""
    if as_json:
        _print_json({"decided": total, "decisions": rows})
        return
    console = _console()
    for row in rows:
        reason = f", {row['reason']}" if row["reason"] else ""
        console.print(
            f"[bold]{_key(row)}[/]  {row['decision']} by {row['reviewer']}{reason}, "
            f"{row['decided_at']:%Y-%m-%d %H:%M} UTC"
        )
        if row["program_instance_id"]:
            console.print(f"  instance {row['program_instance_id']}")
        if row["batch_id"]:
            console.print(f"  batch    {row['batch_id']}")
        for warning in row["warnings"] or ():
            console.print(f"  [yellow]look at it:[/] {warning}")
    _print_total(console, len(rows), total, "decided")


def show_plan(outcome: Outcome, *, as_json: bool) -> None:
    """Print what is about to be recorded; for programs beside their output."""
    console = _console(stderr=as_json)
    console.print(f"To {VERBS[outcome.decisions.decision]} {_what(outcome.decisions)}.")
    _print_effects(console, outcome)


def show_outcome(outcome: Outcome, *, planned: bool, as_json: bool) -> None:
    """Print what was recorded, or of a dry run would be.

    ``planned`` tells that :func:`show_plan` has printed the effects already.
    """
    decisions = outcome.decisions
    if as_json:
        _print_json(_as_json(outcome))
        return
    console = _console()
    if not planned:
        show_plan(outcome, as_json=False)
    if outcome.ids is None:
        console.print("Nothing was recorded.")
        return
    if decisions.batch_id is None:
        console.print(f"Recorded as decision {outcome.ids[0]}.")
    else:
        console.print(f"Recorded as batch {decisions.batch_id}.")
    if decisions.batch_id and decisions.decision != "withdrawn":
        console.print(
            f"`campaign-association review withdraw --batch {decisions.batch_id}` "
            "takes it back as one."
        )
    after = " after `campaign-association unlock`" if _all_locked(outcome) else ""
    console.print(f"The next `campaign-association run`{after} applies it.")


def _print_effects(console: Console, outcome: Outcome) -> None:
    decisions = outcome.decisions
    for reason, number in decisions.left_out.items():
        console.print(f"{number:,} left out: {reason}.")
    if decisions.decision in ("accepted", "reassigned"):
        whose = "same person" if len(decisions.activities) == 1 else "same people"
        console.print(
            f"That settles {outcome.settled:,} other activities in review of the "
            f"{whose}."
        )

    if outcome.locked:
        whose = "These" if _all_locked(outcome) else f"{outcome.locked:,} of these"
        console.print(
            f"{whose} are in closed books, which stay as they are until "
            "`campaign-association unlock`."
        )


def _all_locked(outcome: Outcome) -> bool:
    return outcome.locked == len(outcome.decisions.activities)


def _what(decisions: Decisions) -> str:
    if len(decisions.activities) > 1 or decisions.batch_id:
        kinds = len({choice for choice in decisions.instances if choice})
        into = f", into {kinds:,} program instances" if kinds else ""
        return f"{len(decisions.activities):,} activities{into}"
    (standing,), (chosen,) = decisions.standings, decisions.instances
    into = f" into program instance {chosen}" if chosen else ""
    before = f" ({last_word(standing)})" if standing.is_decided else ""
    return f"{standing.activity}{before}{into}"


def _as_json(outcome: Outcome) -> dict[str, Any]:
    decisions = outcome.decisions
    ids = outcome.ids or [None] * len(decisions.activities)
    rows = zip(decisions.activities, decisions.instances, ids, strict=True)
    return {
        "decision": decisions.decision,
        "recorded": outcome.ids is not None,
        "reviewer": decisions.reviewer,
        "reason": decisions.reason,
        "batch_id": decisions.batch_id,
        "settled_siblings": outcome.settled,
        "locked": outcome.locked,
        "left_out": decisions.left_out,
        "activities": [
            {
                "activity_type": activity.activity_type,
                "activity_id": activity.activity_id,
                "program_instance_id": instance,
                "decision_id": decision_id,
            }
            for activity, instance, decision_id in rows
        ],
    }


def _print_total(console: Console, shown: int, total: int, what: str) -> None:
    more = f", {shown:,} shown" if shown < total else ""
    console.print(f"{total:,} {what}{more}.")


def _console(*, stderr: bool = False) -> Console:
    """Return a console that breaks no line, so that ids can be copied and cut out."""
    return Console(stderr=stderr, soft_wrap=True, highlight=False)


def _key(row: dict[str, Any]) -> Activity:
    return Activity(row["activity_type"], row["activity_id"])


def _id(value: Any) -> str:
    return str(value) if value else "none"


def _print_json(content: dict[str, Any]) -> None:
    click.echo(json.dumps(content, default=str))
