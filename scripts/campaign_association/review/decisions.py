"""What a person means to decide, made from where the activities stand."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from uuid import UUID, uuid4

import psycopg

from campaign_association.errors import Refused, WrongUsage
from campaign_association.review.decided import read_batch
from campaign_association.review.queue import (
    Activity,
    Filters,
    Standing,
    read_queue,
    read_standings,
)
from campaign_association.target import Target

# problems that one message names; the others are counted
NAMED = 5


@dataclass(frozen=True)
class Decisions:
    """One decision about one or many activities.

    ``standings`` is where the activities stood when the person looked; ``instances``
    are the ones chosen for them, None where none is. ``left_out`` counts, by reason,
    what a filter or a batch covers and is not decided.
    """

    decision: str
    reviewer: str
    reason: str | None
    batch_id: UUID | None
    standings: Sequence[Standing]
    instances: Sequence[UUID | None]
    left_out: dict[str, int]

    @property
    def activities(self) -> list[Activity]:
        """The keys of the activities."""
        return [standing.activity for standing in self.standings]


@dataclass(frozen=True)
class Selection:
    """The activities a person means: one, several in a file, or all that filters find.

    Exactly one of ``activities`` and ``filters`` is set. The decisions of a bulk bear
    a batch id, to be undone as one.
    """

    activities: Sequence[Activity] | None = None
    filters: Filters | None = None
    is_bulk: bool = True


def decide(
    connection: psycopg.Connection,
    target: Target,
    decision: str,
    selection: Selection,
    *,
    reviewer: str,
    reason: str | None = None,
    instance: UUID | None = None,
    again: bool = False,
) -> Decisions:
    """Return the decisions that a person means, before they are recorded.

    ``instance`` is the one to reassign to; an acceptance takes the best one of the
    queue. Raises :class:`Refused` when one of the activities cannot be decided so, or
    was decided already and ``again`` is false.
    """
    activities, left_out = selection.activities, {}
    if selection.filters is not None:
        activities, left_out = _find(connection, target, decision, selection.filters)
    standings = read_standings(connection, target, activities or ())
    if decision == "accepted":
        _refuse(standings, _why_not_accepted)
    if decision != "withdrawn" and not again:
        _refuse(standings, _why_not_again, "Use --again to decide all the same.")
    return Decisions(
        decision=decision,
        reviewer=reviewer,
        reason=reason,
        batch_id=uuid4() if selection.is_bulk else None,
        standings=standings,
        instances=[
            standing.best_program_instance_id if decision == "accepted" else instance
            for standing in standings
        ],
        left_out=left_out,
    )


def withdraw_batch(
    connection: psycopg.Connection,
    target: Target,
    batch_id: UUID,
    *,
    reviewer: str,
    reason: str | None,
) -> Decisions:
    """Return the withdrawal of a batch: of what still is its decision.

    Raises :class:`WrongUsage` for an unknown batch, :class:`Refused` when nothing of
    it is left.
    """
    row = connection.execute(
        "select count(*) from association_ops.review_decisions"
        " where batch_id = %s and decision <> 'withdrawn'",
        [batch_id],
    ).fetchone()
    size = row[0] if row else 0
    if not size:
        raise WrongUsage(
            f"There is no batch {batch_id} of decisions. Batches are in "
            "association_ops.review_decisions; `review list --decided --json` shows "
            "those of current decisions."
        )
    activities = read_batch(connection, batch_id)
    if not activities:
        raise Refused(
            f"Nothing is left of batch {batch_id}: each of its decisions was "
            "withdrawn or followed by another."
        )
    gone = size - len(activities)
    return Decisions(
        decision="withdrawn",
        reviewer=reviewer,
        reason=reason,
        batch_id=uuid4(),
        standings=read_standings(connection, target, activities),
        instances=[None] * len(activities),
        left_out={"withdrawn or decided anew since": gone} if gone else {},
    )


def _find(
    connection: psycopg.Connection, target: Target, decision: str, filters: Filters
) -> tuple[list[Activity], dict[str, int]]:
    """Return the waiting activities that can be decided so, and what is left out."""
    rows, _ = read_queue(connection, target, filters)
    found = [
        Activity(row["activity_type"], row["activity_id"])
        for row in rows
        if decision != "accepted" or row["best_program_instance_id"]
    ]
    if not found:
        able = " and has a program instance to accept" if rows else ""
        raise Refused(f"Nothing in the review queue matches{able}.")
    left = len(rows) - len(found)
    return found, {"no program instance covers the date": left} if left else {}


def _refuse(
    standings: Sequence[Standing],
    reason_of: Callable[[Standing], str | None],
    advice: str = "",
) -> None:
    problems = [reason for standing in standings if (reason := reason_of(standing))]
    if not problems:
        return
    lines = problems[:NAMED]
    if len(problems) > NAMED:
        lines.append(f"and {len(problems) - NAMED:,} others")
    raise Refused("\n".join(lines + [advice] * bool(advice)))


def _why_not_accepted(standing: Standing) -> str | None:
    if not standing.is_waiting:
        decided = f" ({last_word(standing)})" if standing.is_decided else ""
        return (
            f"{standing.activity} is not in the review queue of the last run{decided}: "
            "`review reassign` and `review reject` overrule what is not."
        )
    if standing.best_program_instance_id is None:
        return (
            f"{standing.activity}: no program instance of the best campaign covers "
            "its date. `review reassign` takes another one."
        )
    return None


def _why_not_again(standing: Standing) -> str | None:
    if not standing.is_decided:
        return None
    meanwhile = " meanwhile" if standing.is_waiting else ""
    return f"{standing.activity} was decided{meanwhile}: {last_word(standing)}."


def last_word(standing: Standing) -> str:
    """Return who decided last, what and when."""
    return (
        f"{standing.decision} by {standing.reviewer} "
        f"on {standing.decided_at:%Y-%m-%d %H:%M}"
    )
