"""A person at work on the queue: what lies on the desk, what was done, what comes next.

What somebody else decided in the meantime is noticed when the item comes up, and
once more when the decision is appended.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import UUID

from campaign_association.errors import CommandFailed, Refused, WrongUsage
from campaign_association.review.decisions import last_word
from campaign_association.review.queue import (
    Activity,
    Filters,
    Standing,
    read_standings,
)
from campaign_association.review.siblings import settled_among
from campaign_association.review_page import deeds
from campaign_association.review_page.deeds import Deed
from campaign_association.review_page.item import Item
from campaign_association.review_page.items import read_again
from campaign_association.review_page.judged import SECOND_REVIEW, Sample
from campaign_association.review_page.pile import Pile
from campaign_association.review_page.source import Source


@dataclass
class Desk:
    """The desk of one browser session, for one choice of filters.

    What its methods do names what it is about: the library may tell of a press twice.

    ``split`` is true while the activities of an item are decided one at a time, from
    activity ``turn`` on. ``notices`` are told once. ``moves`` counts how often
    something else came to lie on top. With a ``sample`` it is a second review.
    """

    source: Source
    reviewer: str
    filters: Filters
    sample: Sample | None = None
    done: list[Deed] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    skipped: int = 0
    split: bool = False
    turn: int = 0
    moves: int = 0
    pile: Pile = field(init=False)
    _accepted: set[UUID] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.pile = Pile(self.source, self.filters, self.sample)

    @property
    def whole(self) -> Item | None:
        """The item on top, with the activities that are decided later."""
        return self.pile.top

    def current(self) -> Item | None:
        """Return the item to decide about; None at the end of the queue."""
        while item := self.pile.top:
            if not self._leave_what_is_settled(item):
                self.turn %= len(item.rows)
                return item.only(self.turn) if self.split else item
        return None

    def accept(self, item: Item) -> None:
        """Accept the best instance."""
        self._do(
            item, lambda: deeds.accept(self.source, item, self.reviewer, self._reason)
        )

    def choose(self, item: Item, instance: UUID | str) -> None:
        """Put the item into an instance."""
        self._do(
            item,
            lambda: deeds.choose(
                self.source, item, instance, self.reviewer, self._reason
            ),
        )

    def reject(self, item: Item, reason: str) -> None:
        """Reject the item."""
        reason = self._reason or reason
        self._do(item, lambda: deeds.reject(self.source, item, self.reviewer, reason))

    def skip(self, item: Item) -> None:
        """Leave the item for later: it comes again when the queue is begun anew."""
        if self._is_current(item):
            self._leave(item.activities)
            self.skipped += 1

    def set_split(self, split: bool) -> None:
        """Decide the activities one by one, or together."""
        self.moves += self.split != split
        self.split = split

    def turn_to(self, turn: int) -> None:
        """Look at another activity of the item."""
        self.moves += self.turn != turn
        self.turn = turn

    def undo(self, deed: Deed) -> None:
        """Take the last decision back; its item is the current one again."""
        if not self.done or self.done[-1] is not deed:
            return
        self.done.pop()
        try:
            deeds.undo(self.source, deed, self.reviewer)
        except (Refused, WrongUsage, CommandFailed) as error:
            self.notices.append(error.message)
            return
        item, top = deed.item, self.pile.top
        self.pile.activities_left += len(item.rows)
        if top and top.place == item.place:
            # it was decided in parts, and the rest still lies there
            item = Item([*item.rows, *top.rows], item.place)
        # the withdrawal is the latest decision now: read the rows anew
        now = read_again(self.source, item, judged=self.sample is not None)
        self.pile.put_back(item, now)
        self.moves += 1
        self.notices.append("Taken back.")

    def _do(self, item: Item, deed: Callable[[], Deed]) -> None:
        """Record a decision about the current item; a second press does nothing."""
        if not self._is_current(item):
            return
        try:
            done = deed()
        except (Refused, WrongUsage, CommandFailed) as error:
            self.notices.append(error.message)
            return
        self.done.append(done)
        if done.decisions.decision != "rejected":
            self._accepted |= {row["beneficiary_id"] for row in item.rows}
        self._leave(item.activities)

    @property
    def _reason(self) -> str | None:
        return SECOND_REVIEW if self.sample else None

    def _is_current(self, item: Item) -> bool:
        top = self.pile.top
        return top is not None and set(item.activities) <= set(top.activities)

    def _leave(self, activities: list[Activity]) -> None:
        """Take activities off the item that lies on top."""
        self.moves += 1
        if self.pile.take_off(activities):
            self.split, self.turn = False, 0

    def _leave_what_is_settled(self, item: Item) -> bool:
        """Take off the top what others decided, or a decision of ours settles besides.

        Returns whether there was anything of that kind.
        """
        gone, settled = self._settled_of(item)
        for standing in gone[:1]:
            more = f" and {len(gone) - 1} more of the same item" if gone[1:] else ""
            what = last_word(standing) if standing.decision else "taken off the queue"
            self.notices.append(f"{standing.activity}{more}: {what} meanwhile.")
        if settled:
            self.notices.append(
                f"{len(settled)} of the same person left out: the next run associates "
                "them by what you accepted."
            )
        if leaving := [standing.activity for standing in gone] or settled:
            self._leave(leaving)
        return bool(leaving)

    def _settled_of(self, item: Item) -> tuple[list[Standing], list[Activity]]:
        """Return what of an item others decided, and what decisions of ours settle."""
        known = {row["activity_id"]: row["decision_id"] for row in item.rows}
        with self.source.connection() as connection:
            standings = read_standings(connection, self.source.target, item.activities)
            gone = [
                standing
                for standing in standings
                if standing.decision_id != known[standing.activity_id]
                # what is judged anew waits no longer
                or not (standing.is_waiting or self.sample)
            ]
            people = {row["beneficiary_id"] for row in item.rows}
            # but what is left of an item that is decided in parts is still asked about
            is_rest = self.done and self.done[-1].item.place == item.place
            if gone or self.sample or is_rest or not self._accepted & people:
                return gone, []
            return [], settled_among(connection, self.source.target, item.activities)
