"""A person at work on the queue: what lies on the desk, what was done, what comes next.

Items are read some pages ahead, in the background, so that the next one is there at
once. What somebody else decided in the meantime is noticed when the item comes up, and
once more when the decision is appended.
"""

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from uuid import UUID

from campaign_association.errors import CommandFailed, Refused, WrongUsage
from campaign_association.review.decisions import last_word
from campaign_association.review.queue import Activity, Filters, read_standings
from campaign_association.review.siblings import settled_among
from campaign_association.review_page import deeds
from campaign_association.review_page.deeds import Deed
from campaign_association.review_page.items import (
    SECOND_REVIEW,
    Item,
    Page,
    Sample,
    read_again,
    read_page,
)
from campaign_association.review_page.source import Source

PAGE = 40
AHEAD = 20
_readers = ThreadPoolExecutor(max_workers=2, thread_name_prefix="review-ahead")


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
    items: deque[Item] = field(default_factory=deque)
    done: list[Deed] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    items_left: int = 0
    activities_left: int = 0
    skipped: int = 0
    split: bool = False
    turn: int = 0
    moves: int = 0
    _place: list[str] | None = None
    _is_last: bool = False
    _ahead: Future[Page] | None = None
    _accepted: set[UUID] = field(default_factory=set)

    def current(self) -> Item | None:
        """Return the item to decide about; None at the end of the queue."""
        while True:
            if not self.items:
                self._take_page(wait=True)
            elif self._ahead and self._ahead.done():
                self._take_page(wait=False)
            if not self.items:
                return None
            self._drop_what_is_settled()
            if self.items:
                break
        if len(self.items) <= AHEAD and not self._is_last and self._ahead is None:
            self._ahead = _readers.submit(self._read, self._place)
        item = self.items[0]
        self.turn %= len(item.rows)
        return item.only(self.turn) if self.split else item

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
        item = deed.item
        self.activities_left += len(item.rows)
        if self.items and self.items[0].place == item.place:
            # it was decided in parts, and the rest still lies there
            item = Item([*item.rows, *self.items.popleft().rows], item.place)
        else:
            self.items_left += 1
        # the withdrawal is the latest decision now: read the rows anew
        if first := read_again(self.source, item):
            self.items.appendleft(first)
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
        return bool(self.items) and set(item.activities) <= set(
            self.items[0].activities
        )

    def _leave(self, activities: list[Activity]) -> None:
        """Take activities off the item that lies on top."""
        self.moves += 1
        left = self.items.popleft().without(activities)
        self.activities_left -= len(activities)
        if left:
            self.items.appendleft(left)
        else:
            self.items_left -= 1
            self.split, self.turn = False, 0

    def _drop_what_is_settled(self) -> None:
        """Take off the top what others decided, or what a decision of ours settles."""
        item = self.items[0]
        with self.source.connection() as connection:
            standings = read_standings(connection, self.source.target, item.activities)
            known = {row["activity_id"]: row["decision_id"] for row in item.rows}
            gone = [
                standing
                for standing in standings
                if standing.decision_id != known[standing.activity_id]
                or not standing.is_waiting
            ]
            settled = []
            people = {row["beneficiary_id"] for row in item.rows}
            # but what is left of an item that is decided in parts is still asked about
            is_rest = self.done and self.done[-1].item.place == item.place
            if not gone and not is_rest and self._accepted & people:
                settled = settled_among(connection, self.source.target, item.activities)
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

    def _take_page(self, *, wait: bool) -> None:
        """Put the page that was read ahead under what lies on the desk."""
        if self._is_last:
            return
        try:
            page = self._ahead.result() if self._ahead else self._read(self._place)
        finally:
            self._ahead = None
        self._is_last = len(page.items) < PAGE
        if page.items:
            self._place = page.items[-1].place
            self.items.extend(page.items)
            if wait and not self.done and not self.skipped:
                self.items_left = page.items_left
                self.activities_left = page.activities_left

    def _read(self, place: list[str] | None) -> Page:
        return read_page(self.source, self.filters, place, PAGE, self.sample)
