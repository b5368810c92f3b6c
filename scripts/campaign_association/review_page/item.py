"""What is asked at once: activities of one person, and a page of such questions."""

from dataclasses import dataclass

from campaign_association.review.queue import Activity
from campaign_association.review_page.source import Row


@dataclass(frozen=True)
class Item:
    """Activities of one person, with what there is to see of each.

    ``place`` is where it stands in the order.
    """

    rows: list[Row]
    place: list[str]

    @property
    def activities(self) -> list[Activity]:
        """The keys of the activities."""
        return [Activity(row["activity_type"], row["activity_id"]) for row in self.rows]

    def only(self, number: int) -> "Item":
        """Return an item of one of the activities."""
        return Item([self.rows[number]], self.place)

    def fitting(self, instance: object) -> "Item":
        """Return an item of the activities that have an instance among theirs."""
        rows = [
            row
            for row in self.rows
            if str(instance)
            in {str(found["program_instance_id"]) for found in row["candidates"]}
        ]
        return Item(rows, self.place)

    def without(self, activities: list[Activity]) -> "Item | None":
        """Return what is left of it; None where nothing is."""
        rows = [
            row
            for row, activity in zip(self.rows, self.activities, strict=True)
            if activity not in activities
        ]
        return Item(rows, self.place) if rows else None


@dataclass(frozen=True)
class Page:
    """Some items in a row, and how much there is in all."""

    items: list[Item]
    items_left: int
    activities_left: int
