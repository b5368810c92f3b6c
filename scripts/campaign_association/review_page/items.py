"""The queue as a person works on it: one item a person and question.

Activities of one beneficiary that wait with the same best campaign and instance ask one
question: one decision settles them. What an acceptance made since the last run settles
anyway asks nothing any more.
"""

from dataclasses import asdict
from typing import Any
from uuid import UUID

from psycopg import sql

from campaign_association.review.queue import FILTERED, Activity, Filters, queue_of
from campaign_association.review.siblings import settled_since
from campaign_association.review_page.details import read_details
from campaign_association.review_page.item import Item, Page
from campaign_association.review_page.judged import SAMPLED, Sample, judged_of
from campaign_association.review_page.source import Source

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
    undecided = UNDECIDED.format(settled=settled_since(source.target))
    query = ITEMS.format(
        queue=judged_of(source) if sample else queue_of(source.target),
        filtered=FILTERED,
        which=SAMPLED if sample else undecided,
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
        parameters |= sample.parameters
    found = source.rows(query, parameters)
    keys = [
        [Activity(*key) for key in zip(row["types"], row["ids"], strict=True)]
        for row in found
    ]
    details = read_details(
        source, [key for item in keys for key in item], judged=sample is not None
    )
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


def read_again(source: Source, item: Item, *, judged: bool = False) -> Item | None:
    """Return an item as it is now; None where nothing of it is in the queue."""
    details = read_details(source, item.activities, judged=judged)
    rows = [details[key] for key in item.activities if key in details]
    return Item(rows, item.place) if rows else None
