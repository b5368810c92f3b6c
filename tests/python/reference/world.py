"""A small platform in memory, and the activities in it."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

Row = dict[str, Any]
Key = tuple[str, UUID]

TABLES = (
    "companies", "users", "company_users", "beneficiary_groups",
    "program_templates", "campaigns", "program_instances",
    "program_enrollments", "kintell_sessions", "buddy_matches",
    "learning_progress",
)  # fmt: skip

# what only metrics read
OUTCOME_TABLES = (
    "buddy_feedback", "buddy_checkins", "outcome_scores", "evidence_snippets",
)  # fmt: skip

DEFAULT_POINTS = {
    "company_match": 30,
    "date_match": 30,
    "enrolled": 40,
    "group_exact": 40,
    "group_partial": 20,
    "group_open": 10,
    "campaign_active": 10,
    "campaign_recruiting": 5,
    "active_instance": 5,
}

DEFAULT_VARIABLES = {
    "as_of_date": "2024-03-31",
    "reporting_time_zone": "UTC",
    "use_enrollments": True,
    "require_program_type": True,
    "decisions_teach": True,
    "tie_similarity": 0.1,
    "placement_grace_days": 14,
    "auto_threshold": 80,
    "review_threshold": 40,
}


@dataclass
class World:
    """Rows of the platform's tables by name, and what steers the rules.

    ``decisions`` are rows of ``review_decisions``, oldest first. A column that a
    row leaves out is NULL. ``locked`` are the associations of the closed books, and
    ``closed_before`` is the day before which they are closed, None while they are open.
    """

    tables: dict[str, list[Row]] = field(default_factory=dict)
    decisions: list[Row] = field(default_factory=list)
    variables: dict[str, Any] = field(default_factory=lambda: dict(DEFAULT_VARIABLES))
    points: dict[str, int] = field(default_factory=lambda: dict(DEFAULT_POINTS))
    locked: dict[Key, Row] = field(default_factory=dict)
    closed_before: date | None = None

    def rows(self, table: str) -> list[Row]:
        """Return the rows of a table, none if the world does not fill it."""
        return self.tables.get(table, [])

    def find(self, table: str, identifier: UUID | None) -> Row | None:
        """Return the row with this id; None for NULL and for ids that dangle."""
        for row in self.rows(table):
            if identifier is not None and row["id"] == identifier:
                return row
        return None


@dataclass(frozen=True)
class Activity:
    """One activity. ``program_type`` is None only for a session without type."""

    activity_type: str
    activity_id: UUID
    beneficiary_id: UUID | None
    volunteer_id: UUID | None
    day: date | None
    tags: frozenset[str]
    program_type: str | None

    @property
    def key(self) -> Key:
        return (self.activity_type, self.activity_id)


def activities(world: World) -> list[Activity]:
    """Return every activity of the platform: sessions, matches, completions."""
    found = []
    for row in world.rows("kintell_sessions"):
        moment = row.get("completed_at")
        if moment is None:
            moment = row.get("scheduled_at")
        found.append(
            Activity(
                activity_type="session",
                activity_id=row["id"],
                beneficiary_id=row.get("participant_id"),
                volunteer_id=row.get("volunteer_id"),
                day=calendar_day(moment, world),
                tags=user_tags(world, row.get("participant_id")),
                program_type=row.get("session_type"),
            )
        )
    for row in world.rows("buddy_matches"):
        found.append(
            Activity(
                activity_type="match",
                activity_id=row["id"],
                beneficiary_id=row.get("participant_id"),
                volunteer_id=row.get("buddy_id"),
                day=calendar_day(row.get("matched_at"), world),
                tags=user_tags(world, row.get("participant_id")),
                program_type="buddy",
            )
        )
    for row in world.rows("learning_progress"):
        if row.get("status") == "completed":
            found.append(
                Activity(
                    activity_type="completion",
                    activity_id=row["id"],
                    beneficiary_id=row.get("user_id"),
                    volunteer_id=None,
                    day=calendar_day(row.get("completed_at"), world),
                    tags=user_tags(world, row.get("user_id")) | course_tags(row),
                    program_type="upskilling",
                )
            )
    return found


def calendar_day(moment: datetime | None, world: World) -> date | None:
    """Return the day in the reporting zone."""
    if moment is None:
        return None
    zone = ZoneInfo(world.variables["reporting_time_zone"])
    return with_zone(moment).astimezone(zone).date()


def with_zone(moment: datetime) -> datetime:
    """Return the moment; one without zone is UTC."""
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def user_tags(world: World, user_id: UUID | None) -> frozenset[str]:
    user = world.find("users", user_id)
    return frozenset() if user is None else clean_tags(user.get("tags"))


def course_tags(completion: Row) -> frozenset[str]:
    metadata = completion.get("metadata")
    if not isinstance(metadata, dict):
        return frozenset()
    return clean_tags(metadata.get("skill_tags"))


def clean_tags(value: Any) -> frozenset[str]:
    """Return the tags in a column's value: lower case, without blanks around them."""
    if not isinstance(value, list):
        return frozenset()
    texts = [element for element in value if isinstance(element, str)]
    cleaned = [text.strip(" \t\n\r\f\v").lower() for text in texts]
    return frozenset(text for text in cleaned if text != "")
