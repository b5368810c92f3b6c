"""A connector, as a competitor: it associates one record after the other.

For every record it does what such programs commonly do: it asks for the person, for
their placements, for the campaigns that could be meant and for their instances,
chooses by the project's default rules, updates and commits. Each is a round trip.
"""

import time
from collections.abc import Iterable
from dataclasses import astuple, dataclass
from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from uuid import UUID

import psycopg
from psycopg.rows import dict_row

from campaign_association.benchmark.playground import AS_OF, on_platform
from campaign_association.migration.tables import ACTIVITY_TABLES
from campaign_association.target import Target

Row = dict[str, Any]

RECORDS = """
    select *
    from (
        select
            'session' as activity_type, id, participant_id as person,
            volunteer_id as volunteer, session_type::text as program_type,
            coalesce(completed_at, scheduled_at)::date as day, null::jsonb as skill_tags
        from {platform}.kintell_sessions

        union all

        select
            'match', id, participant_id, buddy_id, 'buddy', matched_at::date, null
        from {platform}.buddy_matches

        union all

        select
            'completion', id, user_id, null, 'upskilling', completed_at::date,
            metadata -> 'skill_tags'
        from {platform}.learning_progress
        where status = 'completed'
    ) as activities
    order by md5(id::text)
    limit %(records)s
"""
PERSON = """
    select
        (select tags from {platform}.users where id = %(person)s) as tags,
        array(
            select company_id from {platform}.company_users
            where user_id = %(person)s
        ) as companies,
        array(
            select company_id from {platform}.company_users
            where user_id = %(volunteer)s
        ) as volunteers_companies
"""
PLACEMENTS = """
    select
        instances.id, instances.campaign_id, instances.start_date, instances.end_date,
        templates.program_type
    from {platform}.program_enrollments as enrollments
    inner join {platform}.program_instances as instances
        on enrollments.program_instance_id = instances.id
    inner join {platform}.campaigns on instances.campaign_id = campaigns.id
    left join {platform}.program_templates as templates
        on campaigns.program_template_id = templates.id
    where
        enrollments.user_id = %(person)s
        and enrollments.status is distinct from 'dropped'
        and instances.status in ('active', 'planned', 'completed')
"""
CAMPAIGNS = """
    select
        campaigns.id, campaigns.status, campaigns.start_date,
        templates.program_type, beneficiary_groups.tags
    from {platform}.campaigns
    left join {platform}.program_templates as templates
        on campaigns.program_template_id = templates.id
    left join {platform}.beneficiary_groups
        on campaigns.beneficiary_group_id = beneficiary_groups.id
    where
        campaigns.company_id = any(%(companies)s)
        and %(day)s between campaigns.start_date and campaigns.end_date
        and campaigns.is_active
        and campaigns.status <> 'draft'
"""
INSTANCES = """
    select id, campaign_id, start_date, created_at
    from {platform}.program_instances
    where
        campaign_id = any(%(campaigns)s)
        and %(day)s between start_date and coalesce(end_date, 'infinity')
        and status in ('active', 'planned', 'completed')
"""
UPDATE = (
    "update {platform}.{table} set program_instance_id = %(instance)s where id = %(id)s"
)

STATUS_POINTS = {"active": 10, "completed": 10, "closed": 10, "recruiting": 5}
GRACE = timedelta(days=14)


@dataclass(frozen=True)
class Rate:
    """One way of doing it: records, seconds in all, seconds of the writing alone."""

    way: str
    records: int
    seconds: float
    writing_seconds: float | None

    @property
    def rows_a_second(self) -> float:
        """Records done in a second."""
        return self.records / self.seconds


@dataclass(frozen=True)
class Candidate:
    """A campaign that a record can belong to, with the instance that covers its day."""

    campaign: Row
    instance_id: UUID | None
    is_placed: bool
    confidence: int
    similarity: Decimal


@dataclass(frozen=True)
class Choice:
    """What a record is associated with; the instance only where it is certain."""

    campaign_id: UUID | None = None
    instance_id: UUID | None = None
    decision: str = "unmatched"
    confidence: int = 0


class Connector:
    """Associates records of a platform over one connection, one by one."""

    def __init__(self, connection: psycopg.Connection, target: Target) -> None:
        self._connection = connection
        # put together once: a connector's statements are constants
        self._person, self._placements, self._campaigns, self._instances = (
            on_platform(target, text).as_bytes(connection)
            for text in (PERSON, PLACEMENTS, CAMPAIGNS, INSTANCES)
        )
        self._updates = {
            activity_type: on_platform(target, UPDATE, table=table).as_bytes(connection)
            for activity_type, table in ACTIVITY_TABLES.items()
        }
        self._records = on_platform(target, RECORDS).as_bytes(connection)

    def records(self, limit: int) -> list[Row]:
        """Return up to ``limit`` activities, drawn at random, always the same."""
        return self._ask(self._records, {"records": limit})

    def choose(self, record: Row) -> Choice:
        """Return what a record belongs to."""
        day = record["day"]
        if day is None or day > AS_OF:
            return Choice()
        (person,) = self._ask(self._person, record)
        companies = person["companies"] or person["volunteers_companies"]
        if not companies:
            return Choice()
        placements = self._ask(self._placements, record)
        values = {"companies": companies, "day": day}
        campaigns = [
            campaign
            for campaign in self._ask(self._campaigns, values)
            if _takes(campaign, record)
        ]
        if not campaigns:
            return Choice()
        ids = [campaign["id"] for campaign in campaigns]
        instances = self._ask(self._instances, {"campaigns": ids, "day": day})
        tags = _tags(person["tags"]) | _tags(record["skill_tags"])
        placed = {placement["id"] for placement in placements}
        candidates = sorted(
            (
                _candidate(
                    campaign,
                    [row for row in instances if row["campaign_id"] == campaign["id"]],
                    placed,
                    tags,
                )
                for campaign in campaigns
            ),
            key=_rank,
        )
        return _decide(candidates, placements, record)

    def write(self, record: Row, choice: Choice) -> None:
        """Write a record's instance to the platform."""
        self._connection.execute(
            self._updates[record["activity_type"]],
            {"id": record["id"], "instance": choice.instance_id},
        )

    def _ask(self, query: bytes, values: Row) -> list[Row]:
        with self._connection.cursor(row_factory=dict_row) as cursor:
            return cursor.execute(query, values).fetchall()


def associate_one_by_one(
    connection: psycopg.Connection, target: Target, records: int
) -> tuple[Rate, list[tuple[Any, ...]]]:
    """Associate and write at most ``records``; return the rate and the associations.

    An association has type and id of the activity, campaign, instance, decision and
    confidence. ``connection`` commits each statement.
    """
    connector = Connector(connection, target)
    found = connector.records(records)
    associations = []
    writing = 0.0
    began = time.perf_counter()
    for record in found:
        choice = connector.choose(record)
        if choice.instance_id is not None:
            before = time.perf_counter()
            connector.write(record, choice)
            writing += time.perf_counter() - before
        associations.append((record["activity_type"], record["id"], *astuple(choice)))
    seconds = time.perf_counter() - began
    rate = Rate("record by record", len(found), round(seconds, 2), round(writing, 2))
    return rate, associations


def _decide(candidates: list[Candidate], placements: list[Row], record: Row) -> Choice:
    """Decide from the candidates, best first."""
    best = candidates[0]
    in_doubt = not best.is_placed and (
        _is_tied(candidates)
        or any(_is_elsewhere(placement, best, record) for placement in placements)
    )
    if best.confidence < 40:
        decision = "unmatched"
    elif best.confidence < 80 or best.instance_id is None or in_doubt:
        decision = "review"
    else:
        decision = "auto"
    return Choice(
        best.campaign["id"],
        best.instance_id if decision == "auto" else None,
        decision,
        best.confidence,
    )


def _candidate(
    campaign: Row, instances: Iterable[Row], placed: set[UUID], tags: set[str]
) -> Candidate:
    """Score a campaign; ``instances`` are its own that cover the day."""
    instance = min(
        instances, key=lambda row: (row["id"] not in placed, *_age(row)), default=None
    )
    is_placed = instance is not None and instance["id"] in placed
    group = _tags(campaign["tags"])
    shared = len(tags & group)
    if is_placed:
        points = 40
    elif not group:
        points = 10
    elif tags == group:
        points = 40
    else:
        points = 20 if shared else 0
    points += 60 + STATUS_POINTS.get(campaign["status"], 0)
    return Candidate(
        campaign,
        instance["id"] if instance else None,
        is_placed,
        min(100, points + (5 if instance else 0)),
        _similarity(shared, len(tags | group)),
    )


def _rank(candidate: Candidate) -> tuple[Any, ...]:
    campaign = candidate.campaign
    return (
        not candidate.is_placed,
        -candidate.confidence,
        -candidate.similarity,
        campaign["status"] != "active",
        -campaign["start_date"].toordinal(),
        campaign["id"],
    )


def _age(instance: Row) -> tuple[Any, ...]:
    """Put the instance that began last first."""
    created = instance["created_at"]
    return (
        -instance["start_date"].toordinal(),
        created is None,
        -created.timestamp() if created else 0,
        instance["id"],
    )


def _is_tied(candidates: list[Candidate]) -> bool:
    if len(candidates) < 2:
        return False
    best, runner_up = candidates[:2]
    return best.confidence == runner_up.confidence and abs(
        best.similarity - runner_up.similarity
    ) < Decimal("0.1")


def _is_elsewhere(placement: Row, best: Candidate, record: Row) -> bool:
    end = placement["end_date"]
    return (
        placement["campaign_id"] != best.campaign["id"]
        and _takes(placement, record)
        and placement["start_date"] - GRACE <= record["day"]
        and (end is None or record["day"] <= end + GRACE)
    )


def _takes(campaign: Row, record: Row) -> bool:
    return campaign["program_type"] in (None, "weei", record["program_type"])


def _tags(tags: Any) -> set[str]:
    if not isinstance(tags, list):
        return set()
    blanks = " \t\n\r\f\v"
    return {tag.strip(blanks).lower() for tag in tags if isinstance(tag, str)} - {""}


def _similarity(shared: int, distinct: int) -> Decimal:
    if not shared:
        return Decimal(0)
    return (Decimal(shared) / distinct).quantize(Decimal("0.000001"), ROUND_HALF_UP)
