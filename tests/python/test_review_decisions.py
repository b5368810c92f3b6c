"""The table of people's decisions takes valid rows, and keeps them as they are."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg import errors, sql

from campaign_association.migrate import migrate_up
from campaign_association.migration.down import migrate_down
from small_platform import LINKED_TABLES, connect_to, make_platform, one, target_of

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
    for column, table in (
        ("activity_id", "kintell_sessions"),
        ("program_instance_id", "program_instances"),
    ):
        if column not in values:
            values[column] = some_id(connection, table)
    decision = {
        "activity_type": "session",
        "decision": "accepted",
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
        (
            {"decision": "withdrawn", "program_instance_id": None},
            errors.ObjectNotInPrerequisiteState,
        ),
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


def test_a_withdrawal_chooses_no_instance(connection):
    decide(connection)
    with pytest.raises(errors.CheckViolation):
        decide(connection, decision="withdrawn")


def test_only_what_holds_can_be_withdrawn(connection):
    withdrawal = {"decision": "withdrawn", "program_instance_id": None}
    decide(connection)
    decide(connection, **withdrawal)
    with pytest.raises(errors.ObjectNotInPrerequisiteState, match="to withdraw about"):
        decide(connection, **withdrawal)
    decide(connection, decision="rejected", program_instance_id=None)
    decide(connection, **withdrawal)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"reviewer": "Ann Example"}, "the reviewer is not a handle"),
        ({"reason": "She told me so"}, "the reason is not a code"),
    ],
)
def test_messages_say_how_to_mend_it_without_what_was_written(
    connection, values, message
):
    with pytest.raises(errors.CheckViolation, match=message) as refusal:
        decide(connection, **values)
    assert "Use 2 to 63 of a-z" in refusal.value.diag.message_hint
    assert not any(text in str(refusal.value.diag) for text in values.values())


def test_what_is_not_completed_is_no_activity(connection):
    connection.execute("update learning_progress set status = 'started'")
    with pytest.raises(errors.ForeignKeyViolation, match="no completion"):
        decide(
            connection,
            activity_type="completion",
            activity_id=some_id(connection, "learning_progress"),
        )


# -- companies ----------------------------------------------------------------------

OURS, THEIRS = UUID(int=1), UUID(int=2)


def belong(connection: psycopg.Connection, column: str, *companies: UUID) -> None:
    """Make the people in a column of kintell_sessions members of companies."""
    for company in companies:
        connection.execute(
            sql.SQL("insert into company_users select %s, {} from kintell_sessions")
            .format(sql.Identifier(column)),
            [company],
        )  # fmt: skip


def instance_of(connection: psycopg.Connection, company: UUID | None) -> UUID:
    """Make an instance of a campaign of a company."""
    return one(
        connection,
        """
        with campaign as (
            insert into campaigns values (gen_random_uuid(), %s) returning id
        )

        insert into program_instances
        select gen_random_uuid(), id from campaign returning id
        """,
        company,
    )


@pytest.mark.parametrize("decision", ["accepted", "reassigned"])
@pytest.mark.parametrize("column", ["participant_id", "volunteer_id"])
def test_an_instance_of_another_company_is_refused(connection, column, decision):
    belong(connection, column, OURS)
    decide(
        connection,
        decision=decision,
        program_instance_id=instance_of(connection, OURS),
    )
    # some instances belong to no campaign at all, and campaigns to no company
    others = [instance_of(connection, company) for company in (THEIRS, None)]
    for other in [*others, some_id(connection, "program_instances")]:
        with pytest.raises(errors.IntegrityConstraintViolation, match="of another"):
            decide(connection, decision=decision, program_instance_id=other)
    assert one(connection, COUNT) == 1


def test_the_volunteers_company_counts_only_without_the_beneficiarys(connection):
    belong(connection, "volunteer_id", THEIRS)
    belong(connection, "participant_id", OURS)
    with pytest.raises(errors.IntegrityConstraintViolation):
        decide(connection, program_instance_id=instance_of(connection, THEIRS))


def test_any_of_several_companies_will_do(connection):
    belong(connection, "participant_id", OURS, OURS, THEIRS)
    for company in (OURS, THEIRS):
        decide(connection, program_instance_id=instance_of(connection, company))


def test_without_a_company_a_person_may_choose_any(connection):
    decide(connection, program_instance_id=instance_of(connection, OURS))
    decide(connection, program_instance_id=instance_of(connection, THEIRS))


# -- who may write --------------------------------------------------------------------


def test_a_reviewer_needs_no_right_on_the_platform(connection):
    """The checks look things up themselves, and the login is what is recorded."""
    session = some_id(connection, "kintell_sessions")
    instance = some_id(connection, "program_instances")
    role = sql.Identifier(f"reviewer_{uuid4().hex}")
    connection.execute(sql.SQL("create role {}").format(role))
    try:
        for right in (
            "usage on schema association_ops",
            "select, insert on association_ops.review_decisions",
        ):
            connection.execute(sql.SQL(f"grant {right} to {{}}").format(role))
        connection.execute(sql.SQL("set role {}").format(role))
        _, recorded_by, _ = decide(
            connection, activity_id=session, program_instance_id=instance
        )
        with pytest.raises(errors.ForeignKeyViolation):
            decide(connection, activity_id=NOBODY, program_instance_id=instance)
        with pytest.raises(errors.InsufficientPrivilege):
            connection.execute("select association_ops.check_review_decision()")
        assert recorded_by == one(connection, "select session_user::text")
        connection.execute("reset role")
    finally:
        connection.execute("reset role")
        connection.execute(sql.SQL("drop owned by {}").format(role))
        connection.execute(sql.SQL("drop role {}").format(role))


def test_two_withdrawals_at_once_are_one(connection):
    """The second writer waits for the first and sees what it did."""
    decide(connection)
    schema = one(connection, "select current_schema()")
    withdrawal = {
        "decision": "withdrawn",
        "program_instance_id": None,
        "activity_id": some_id(connection, "kintell_sessions"),
    }
    with psycopg.connect(**parameters(connection)) as other:
        other.execute(sql.SQL("set search_path to {}").format(sql.Identifier(schema)))
        decide(other, **withdrawal)
        connection.execute("set lock_timeout = '200ms'")
        with pytest.raises(errors.LockNotAvailable):
            decide(connection, **withdrawal)
        other.commit()
    with pytest.raises(errors.ObjectNotInPrerequisiteState):
        decide(connection, **withdrawal)


def test_rollback_puts_the_former_checks_back(connection):
    schema = one(connection, "select current_schema()")
    target = target_of(parameters(connection), schema)
    security = "select prosecdef from pg_proc where proname = 'check_review_decision'"
    assert one(connection, security) is True
    migrate_down(target, to="0052", patience=20)
    assert one(connection, security) is False
    # nothing to withdraw was no obstacle then
    decide(connection, decision="withdrawn", program_instance_id=None)


def parameters(connection: psycopg.Connection) -> dict[str, Any]:
    """Return what leads to the database of a connection."""
    info = connection.info
    return {
        "host": info.host,
        "port": info.port,
        "user": info.user,
        "password": info.password,
        "dbname": info.dbname,
    }


def test_temporary_tables_do_not_stand_in_for_the_platform(connection):
    connection.execute(
        "create temporary table program_instances as"
        " select %s::uuid as id, null::uuid as campaign_id",
        [NOBODY],
    )
    with pytest.raises(errors.ForeignKeyViolation):
        decide(connection, program_instance_id=NOBODY)
