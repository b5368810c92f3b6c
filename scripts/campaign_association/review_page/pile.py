"""The items that wait to be worked on, as far as they have been read."""

from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

from campaign_association.review.queue import Activity, Filters
from campaign_association.review_page.item import Item, Page
from campaign_association.review_page.items import read_page
from campaign_association.review_page.judged import Sample
from campaign_association.review_page.source import Source

PAGE = 40
AHEAD = 20
_readers = ThreadPoolExecutor(max_workers=2, thread_name_prefix="review-ahead")


@dataclass
class Pile:
    """A choice of the queue, the first item on top.

    Items are read some pages ahead, in the background, so that the next one is there
    at once. How much is left is counted once, and then what is taken off and put back.
    """

    source: Source
    filters: Filters
    sample: Sample | None = None
    items_left: int = 0
    activities_left: int = 0
    _items: deque[Item] = field(default_factory=deque)
    _place: list[str] | None = None
    _is_last: bool = False
    _ahead: Future[Page] | None = None

    @property
    def top(self) -> Item | None:
        """The item on top; None where nothing is left."""
        if not self._items or (self._ahead and self._ahead.done()):
            self._take_page()
        if len(self._items) <= AHEAD and not self._is_last and self._ahead is None:
            self._ahead = _readers.submit(self._read, self._place)
        return self._items[0] if self._items else None

    def take_off(self, activities: list[Activity]) -> bool:
        """Take activities off the item on top; tell whether nothing of it is left."""
        left = self._items.popleft().without(activities)
        self.activities_left -= len(activities)
        if left:
            self._items.appendleft(left)
        else:
            self.items_left -= 1
        return left is None

    def put_back(self, item: Item, now: Item | None) -> None:
        """Put an item on top again, as it is ``now``: what of it waits still."""
        if self._items and self._items[0].place == item.place:
            self._items.popleft()
        else:
            self.items_left += 1
        if now:
            self._items.appendleft(now)

    def _take_page(self) -> None:
        """Put the page that was read ahead under what lies here."""
        if self._is_last:
            return
        is_first = self._place is None
        try:
            page = self._ahead.result() if self._ahead else self._read(self._place)
        finally:
            self._ahead = None
        self._is_last = len(page.items) < PAGE
        if page.items:
            self._place = page.items[-1].place
            self._items.extend(page.items)
        if is_first:
            self.items_left = page.items_left
            self.activities_left = page.activities_left

    def _read(self, place: list[str] | None) -> Page:
        return read_page(self.source, self.filters, place, PAGE, self.sample)
