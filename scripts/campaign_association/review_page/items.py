"""The queue as a person works on it: one item a person and question.

Activities of one beneficiary that wait with the same best campaign and instance ask one
question: one decision settles them. What an acceptance made since the last run settles
anyway asks nothing any more.
"""

from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from psycopg import sql

from campaign_association.review.queue import FILTERED, Activity, Filters, queue_of
from campaign_association.review.siblings import settled_since
from campaign_association.review_page.details import read_details
from campaign_association.review_page.source import Row, Source

NOBODY = UUID(int=0)

# What moves published figures most comes first: the most activities, then the most
# hours, then what is oldest. The other columns make the order one to read on in.
ITEMS = sql.SQL(
    """
    with waiting as (
        select
            activity_type,
            activity_id,
            activity_date,
            -- without a person every activity is a question of its own
            coalesce(beneficiary_id, activity_id) as person,
            company_id,
            campaign_id,
            best_program_instance_id
        from ({queue}) as queue
        where {filtered} and {which}
    ),

    items as (
        select
            person,
            coalesce(company_id, {nobody}) as company_id,
            coalesce(waiting.campaign_id, {nobody}) as campaign_id,
            coalesce(best_program_instance_id, {nobody}) as instance_id,
            -count(*) as fewest,
            -coalesce(sum(counted.hours), 0) as shortest,
            coalesce(min(waiting.activity_date), 'infinity') as oldest,
            array_agg(
                activity_type order by waiting.activity_date, activity_id
            ) as types,
            array_agg(activity_id order by waiting.activity_date, activity_id) as ids,
            count(*) over () as items_left,
            sum(count(*)) over () as activities_left
        from waiting
        left join {counted} as counted using (activity_type, activity_id)
        group by 1, 2, 3, 4
    )

    select
        types,
        ids,
        items_left,
        activities_left,
        array[
            fewest::text, shortest::text, oldest::text,
            person::text, company_id::text, campaign_id::text, instance_id::text
        ] as place
    from items
    where %(after)s::text[] is null
        or (fewest, shortest, oldest, person, company_id, campaign_id, instance_id)
        > (
            (%(after)s::text[])[1]::bigint,
            (%(after)s::text[])[2]::numeric,
            (%(after)s::text[])[3]::date,
            (%(after)s::text[])[4]::uuid,
            (%(after)s::text[])[5]::uuid,
            (%(after)s::text[])[6]::uuid,
            (%(after)s::text[])[7]::uuid
        )
    order by
        fewest, shortest, oldest, person, company_id, campaign_id, instance_id
    limit %(page)s
    """
)

UNDECIDED = sql.SQL(
    """
    not is_decided
    and not exists (
        select from ({settled}) as settled
        where settled.activity_type = queue.activity_type
            and settled.activity_id = queue.activity_id
    )
    """
)
# what others decided since the last run, a share of it that is the same for everybody
SAMPLED = sql.SQL(
    """
    is_decided
    and abs(hashtext(queue.activity_id::text) %% 100) < %(share)s
    and exists (
        select from association_ops.review_decisions as first
        where first.decision_id = queue.decision_id
            and first.reviewer <> %(reviewer)s
            and first.reason is distinct from %(second)s
    )
    """
)
# why a second reviewer decides: decisions with this reason are compared with the first
SECOND_REVIEW = "second_review"


@dataclass(frozen=True)
class Sample:
    """Which decisions a second reviewer judges anew: a share of those of others."""

    reviewer: str
    share: int


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


def read_page(
    source: Source,
    filters: Filters,
    after: list[str] | None,
    size: int,
    sample: Sample | None = None,
) -> Page:
    """Return the items that come after a place, None for the first ones.

    They are what waits or, for a second review, a ``sample`` of what was decided.
    """
    which = SAMPLED if sample else UNDECIDED
    query = ITEMS.format(
        queue=queue_of(source.target),
        filtered=FILTERED,
        which=which.format(settled=settled_since(source.target)),
        nobody=sql.Literal(NOBODY),
        counted=source.internal("int_counted_activities"),
    )
    parameters: dict[str, Any] = {
        **asdict(filters),
        "auto_threshold": source.target.variables["auto_threshold"],
        "after": after,
        "page": size,
    }
    if sample:
        parameters |= asdict(sample) | {"second": SECOND_REVIEW}
    found = source.rows(query, parameters)
    keys = [
        [Activity(*key) for key in zip(row["types"], row["ids"], strict=True)]
        for row in found
    ]
    details = read_details(source, [key for item in keys for key in item])
    items = [
        # what vanished between the two queries is left out
        Item([details[key] for key in item if key in details], row["place"])
        for item, row in zip(keys, found, strict=True)
    ]
    if not found:
        return Page([], 0, 0)
    return Page(
        [item for item in items if item.rows],
        found[0]["items_left"],
        int(found[0]["activities_left"]),
    )


def read_again(source: Source, item: Item) -> Item | None:
    """Return an item as it is now; None where nothing of it is in the queue."""
    details = read_details(source, item.activities)
    rows = [details[key] for key in item.activities if key in details]
    return Item(rows, item.place) if rows else None
