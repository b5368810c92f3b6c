"""How the values of a drawn world's columns are picked, and from what."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any
from uuid import UUID

from hypothesis import strategies as st

from reference.identifiers import identifier
from reference.world import Row

# the edges of a day in UTC, and of a day in New York and in Auckland
TIMES = [
    time(0, 0), time(4, 0), time(5, 0), time(3, 59, 59, 999999),
    time(4, 59, 59, 999999), time(11, 0), time(10, 59, 59, 999999), time(12, 0),
    time(11, 59, 59, 999999), time(23, 59, 59, 999999), time(9, 30),
]  # fmt: skip
TEXT_TAGS = ["syria", "youth", "Syria", "YOUTH\n", " SYRIA\t", "  ", None]
ODD_ELEMENTS = [3, True, ["syria"], {"syria": "youth"}]
ODD_DOCUMENTS: list[Any] = [{}, {"syria": 1}, "syria", 5, True]
COURSE_METADATA = st.one_of(
    st.lists(st.sampled_from([*TEXT_TAGS, *ODD_ELEMENTS]), max_size=2).map(
        lambda tags: {"skill_tags": tags}
    ),
    st.sampled_from([None, [], ["syria"], "syria", 3, {}, {"skill_tags": "syria"}]),
)
CAMPAIGN_STATUSES = [
    "active", "completed", "recruiting", "active", "closed", "planned", "paused",
    "active", "draft", None,
]  # fmt: skip
INSTANCE_STATUSES = ["active", "planned", "completed", "active", "paused", None]
PROGRAM_TYPES = ["mentorship", "weei", None, "language", "buddy", "upskilling"]
CREATION_TIMES = [
    datetime(2024, 1, 1, 8, tzinfo=UTC), datetime(2024, 1, 1, 9, tzinfo=UTC), None,
]  # fmt: skip


@dataclass(frozen=True)
class Variant:
    """How a platform's tables are typed; the models must not notice."""

    tags: str
    moments: str
    statuses: str

    def __str__(self) -> str:
        return f"{self.tags}-{self.moments}-{self.statuses}".replace("[]", "-array")


VARIANTS = (
    Variant(tags="jsonb", moments="timestamptz", statuses="text"),
    Variant(tags="text[]", moments="timestamp", statuses="enum"),
)


@dataclass(frozen=True)
class Picker:
    """Draws the values of one world's columns."""

    draw: st.DrawFn
    number: int
    variant: Variant
    days: list[date]

    def ids(self, kind: str, count: int) -> list[UUID]:
        return [identifier(self.number, kind, each) for each in range(count)]

    def some(self, kind: str, counts: list[int]) -> list[UUID]:
        return self.ids(kind, self.one_of(counts))

    def one_of(self, values: list[Any]) -> Any:
        return self.draw(st.sampled_from(values))

    def mostly(self, good: list[Any], rare: list[Any], weight: int = 30) -> Any:
        """Draw a good value, but one time in about ``weight`` a rare one."""
        times = -(-weight * len(rare) // max(1, len(good)))
        return self.one_of(good * times + rare)

    def nowhere(self) -> UUID:
        return identifier(self.number, "nowhere", 0)

    def span(self, open_end: bool) -> Row:
        """Draw a start and an end: most often wide, now and then odd."""
        kind = self.mostly(["wide", "any"], ["swapped", "no start", "no end"], 12)
        middle = len(self.days) // 2
        start, end = self.one_of(self.days), self.one_of(self.days)
        if kind == "wide":
            start = self.one_of(self.days[: middle + 1])
            end = self.one_of(self.days[middle:])
        elif kind != "swapped" and end < start:
            start, end = end, start
        if kind == "no end" or (open_end and self.one_of([False, False, True])):
            return {"start_date": start, "end_date": None}
        return {"start_date": None if kind == "no start" else start, "end_date": end}

    def moment(self) -> datetime | None:
        day, hour = self.one_of(self.days), self.one_of(TIMES)
        return self.mostly([datetime.combine(day, hour, tzinfo=UTC)], [None], 15)

    def tags(self) -> Any:
        is_json = self.variant.tags == "jsonb"
        element = st.sampled_from(TEXT_TAGS + (ODD_ELEMENTS if is_json else []))
        tags = [self.draw(element) for _ in range(self.one_of([1, 2, 1, 2, 3, 0]))]
        odd = [None, *(ODD_DOCUMENTS if is_json else [])]
        return self.mostly([tags], odd, 8)

    def code(self, codes: list[Any]) -> Any:
        """Draw a code; where codes are text, now and then one in odd writing."""
        odd = ["Active", "ACTIVE ", "Buddy", ""]
        return self.mostly(codes, odd if self.variant.statuses == "text" else codes[:1])
