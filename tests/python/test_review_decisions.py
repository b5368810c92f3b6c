"""The table of people's decisions takes valid rows, and keeps them as they are."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg import errors, sql

from campaign_association.migrate import migrate_up
from small_platform import LINKED_TABLES, connect_to, make_platform, one

NOBODY = UUID(int=0)
COUNT = "select count(*) from association_ops.review_decisions"


@pytest.fixture(
    params=[("database", "public"), ("foreign_database", "Own Platform")],
    ids=["embedded-public", "foreign-quoted-name"],
)
def connection(request: pytest.FixtureRequest) -> Iterator[psycopg.Connection]:
    fixture, schema = request.param
    target = make_platform(request.getfixturevalue(fixture), schema)
    migrate_up(target)
    with connect_to(target) as connection:
        yield connection


def some_id(connection: psycopg.Connection, table: str) -> UUID:
    query = sql.SQL("select id from {} limit 1").format(sql.Identifier(table))
    row = connection.execute(query).fetchone()
    assert row is not None
    return row[0]


def decide(connection: psycopg.Connection, **values: Any) -> tuple[Any, ...]:
    """Insert a decision, by default a valid one; return what the table holds."""
    decision = {
        "activity_type": "session",
        "activity_id": some_id(connection, "kintell_sessions"),
        "decision": "accepted",
        "program_instance_id": some_id(connection, "program_instances"),
        "reviewer": "ann.b",
        **values,
    }
    query = sql.SQL(
        "insert into association_ops.review_decisions ({}) values ({}) "
        "returning decision_id, recorded_by, decided_at"
    ).format(
        sql.SQL(", ").join(map(sql.Identifier, decision)),
        sql.SQL(", ").join(map(sql.Placeholder, decision)),
    )
    row = connection.execute(query, decision).fetchone()
    assert row is not None
    return row


def test_valid_decisions_of_each_kind(connection):
    for activity_type, table in LINKED_TABLES.items():
        about = {
            "activity_type": activity_type,
            "activity_id": some_id(connection, table),
        }
        decide(connection, **about, reason="same_cohort", batch_id=uuid4())
        decide(connection, **about, decision="reassigned", reviewer="0x")
        for decision in ("rejected", "withdrawn"):
            decide(connection, **about, decision=decision, program_instance_id=None)
    assert one(connection, COUNT) == 12


def test_who_when_and_number_cannot_be_forged(connection):
    first, *_ = decide(connection)
    decision_id, recorded_by, decided_at = decide(
        connection,
        decision_id=1_000_000,
        recorded_by="somebody else",
        decided_at=datetime(2001, 1, 1, tzinfo=UTC),
    )
    assert decision_id == first + 1
    assert recorded_by == one(connection, "select session_user::text")
    assert abs(decided_at - datetime.now(UTC)) < timedelta(minutes=5)


@pytest.mark.parametrize(
    "statement",
    [
        "update association_ops.review_decisions set reviewer = 'bob'",
        "delete from association_ops.review_decisions",
        "truncate association_ops.review_decisions",
        "update association_ops.review_decisions set reviewer = 'bob' where false",
    ],
)
def test_decisions_stay_as_they_are(connection, statement):
    decide(connection)
    with pytest.raises(errors.RestrictViolation, match="append-only"):
        connection.execute(statement)
    assert one(connection, COUNT) == 1


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        ({"activity_type": "course"}, errors.CheckViolation),
        ({"activity_type": None}, psycopg.IntegrityError),
        ({"activity_id": NOBODY}, errors.ForeignKeyViolation),
        ({"activity_id": None}, psycopg.IntegrityError),
        # there is such a session, but no such match
        ({"activity_type": "match"}, errors.ForeignKeyViolation),
        ({"decision": "approved"}, errors.CheckViolation),
        ({"decision": None}, errors.NotNullViolation),
        ({"program_instance_id": NOBODY}, errors.ForeignKeyViolation),
        ({"program_instance_id": None}, errors.CheckViolation),
        (
            {"decision": "reassigned", "program_instance_id": None},
            errors.CheckViolation,
        ),
        ({"decision": "rejected"}, errors.CheckViolation),
        ({"decision": "withdrawn"}, errors.CheckViolation),
        ({"reviewer": None}, errors.NotNullViolation),
        ({"reviewer": "Ann Example"}, errors.CheckViolation),
        ({"reviewer": "ann@example.org"}, errors.CheckViolation),
        ({"reviewer": "a"}, errors.CheckViolation),
        ({"reviewer": "a" * 64}, errors.CheckViolation),
        ({"reviewer": "ann\n"}, errors.CheckViolation),
        ({"reason": "She told me so"}, errors.CheckViolation),
        ({"reason": ""}, errors.CheckViolation),
    ],
)
def test_invalid_decisions_are_refused(connection, values, problem):
    with pytest.raises(problem):
        decide(connection, **values)
    assert one(connection, COUNT) == 0


def test_temporary_tables_do_not_stand_in_for_the_platform(connection):
    connection.execute(
        "create temporary table program_instances as select %s::uuid as id", [NOBODY]
    )
    with pytest.raises(errors.ForeignKeyViolation):
        decide(connection, program_instance_id=NOBODY)
