"""What a person does with an item, as decisions that ``review/record.py`` appends."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID, uuid4

from campaign_association.review.decisions import Decisions
from campaign_association.review.queue import Activity, Standing
from campaign_association.review.record import record
from campaign_association.review_page.item import Item
from campaign_association.review_page.judged import FIRST_OPINION
from campaign_association.review_page.source import Row, Source

# why a person rejects: codes, each with what it means
REASONS = {
    "belongs_to_no_campaign": "Belongs to no campaign",
    "private_activity": "Private, outside the programme",
    "did_not_take_place": "Did not take place",
    "entered_twice": "Entered twice",
    "test_entry": "A test, not an activity",
}


@dataclass(frozen=True)
class Deed:
    """A recorded decision about an item; ``ids`` are those of its rows."""

    item: Item
    decisions: Decisions
    ids: list[int]


def accept(
    source: Source, item: Item, reviewer: str, reason: str | None = None
) -> Deed:
    """Accept the best instance of each activity."""
    chosen = [row["best_program_instance_id"] for row in item.rows]
    return _record(source, item, "accepted", reviewer, chosen, reason)


def choose(
    source: Source,
    item: Item,
    instance: UUID | str,
    reviewer: str,
    reason: str | None = None,
) -> Deed:
    """Put the activities into an instance: an acceptance where it is the best one."""
    chosen = [UUID(str(instance))] * len(item.rows)
    best = [row["best_program_instance_id"] for row in item.rows]
    is_best = chosen == best
    decision = "accepted" if is_best else "reassigned"
    return _record(source, item, decision, reviewer, chosen, reason)


def reject(source: Source, item: Item, reviewer: str, reason: str) -> Deed:
    """Say that the activities belong to no campaign."""
    return _record(source, item, "rejected", reviewer, [None] * len(item.rows), reason)


def undo(source: Source, deed: Deed, reviewer: str) -> None:
    """Withdraw what was decided, as one; refused where somebody decided since.

    A decision that was judged anew is in force again.
    """
    known = zip(deed.decisions.standings, deed.ids, strict=True)
    decisions = replace(
        deed.decisions,
        decision="withdrawn",
        reviewer=reviewer,
        reason=None,
        batch_id=uuid4() if len(deed.ids) > 1 else None,
        standings=[replace(stood, decision_id=made) for stood, made in known],
        instances=[None] * len(deed.ids),
    )
    with source.connection() as connection, connection.transaction():
        withdrawn = dict(
            zip(decisions.activities, record(connection, decisions), strict=True)
        )
        for again in _first_opinions(deed, reviewer, withdrawn):
            record(connection, again)


def _first_opinions(
    deed: Deed, reviewer: str, withdrawn: Mapping[Activity, int]
) -> Iterator[Decisions]:
    """Yield what the item's activities had been decided as, by kind of decision."""
    judged = [row for row in deed.item.rows if row.get("first_decision")]
    for decision in sorted({row["first_decision"] for row in judged}):
        rows = [row for row in judged if row["first_decision"] == decision]
        stood = [standing_of(row) for row in rows]
        yield Decisions(
            decision=decision,
            reviewer=reviewer,
            reason=FIRST_OPINION,
            batch_id=uuid4() if len(rows) > 1 else None,
            standings=[
                replace(each, decision_id=withdrawn[each.activity]) for each in stood
            ],
            instances=[row["first_instance"] for row in rows],
            left_out={},
        )


def standing_of(row: Row) -> Standing:
    """Return where an activity of the queue stood when it was read."""
    return Standing(
        activity_type=row["activity_type"],
        activity_id=row["activity_id"],
        is_waiting=True,
        is_decided=row["is_decided"],
        best_program_instance_id=row["best_program_instance_id"],
        decision_id=row["decision_id"],
        decision=None,
        reviewer=None,
        decided_at=None,
    )


def _record(
    source: Source,
    item: Item,
    decision: str,
    reviewer: str,
    instances: Sequence[UUID | None],
    reason: str | None,
) -> Deed:
    decisions = Decisions(
        decision=decision,
        reviewer=reviewer,
        reason=reason,
        # several at once are undone as one
        batch_id=uuid4() if len(item.rows) > 1 else None,
        standings=[standing_of(row) for row in item.rows],
        instances=instances,
        left_out={},
    )
    with source.connection() as connection:
        return Deed(item, decisions, record(connection, decisions))
