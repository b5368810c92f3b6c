"""Examples worked by hand, so that the reference itself can be trusted."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from reference.rules import associations
from reference.world import DEFAULT_VARIABLES, Row, World, clean_tags


def uid(number: int) -> UUID:
    return UUID(int=number)


COMPANY, PERSON, VOLUNTEER, GROUP, TEMPLATE = (uid(number) for number in range(1, 6))
CAMPAIGN, OTHER_CAMPAIGN = uid(10), uid(11)
INSTANCE, OTHER_INSTANCE = uid(20), uid(21)
SESSION, SIBLING = uid(30), uid(31)
KEY = ("session", SESSION)
NOON = datetime(2024, 3, 10, 12, tzinfo=UTC)


def campaign(**changes: Any) -> Row:
    return {
        "id": CAMPAIGN,
        "company_id": COMPANY,
        "program_template_id": TEMPLATE,
        "beneficiary_group_id": GROUP,
        "start_date": date(2024, 3, 1),
        "end_date": date(2024, 3, 20),
        "status": "active",
        "is_active": True,
    } | changes


def instance(**changes: Any) -> Row:
    return {
        "id": INSTANCE,
        "campaign_id": CAMPAIGN,
        "start_date": date(2024, 3, 5),
        "end_date": date(2024, 3, 15),
        "status": "active",
        "created_at": NOON,
    } | changes


def session(**changes: Any) -> Row:
    return {
        "id": SESSION,
        "session_type": "mentorship",
        "participant_id": PERSON,
        "volunteer_id": VOLUNTEER,
        "completed_at": NOON,
    } | changes


def decision(**changes: Any) -> Row:
    return {
        "activity_type": "session",
        "activity_id": SESSION,
        "decision": "accepted",
        "program_instance_id": INSTANCE,
    } | changes


def enrollment(instance_id: UUID) -> Row:
    return {"user_id": PERSON, "program_instance_id": instance_id, "status": "active"}


def result(
    decisions: list[Row] | None = None,
    variables: Row | None = None,
    **tables: list[Row],
) -> Row:
    """Return the association of SESSION in a world with these tables replaced."""
    everyday = {
        "companies": [{"id": COMPANY}],
        "users": [{"id": PERSON, "tags": ["Syria "]}, {"id": VOLUNTEER}],
        "company_users": [{"company_id": COMPANY, "user_id": PERSON}],
        "beneficiary_groups": [{"id": GROUP, "tags": ["syria", None, "SYRIA"]}],
        "program_templates": [{"id": TEMPLATE, "program_type": "mentorship"}],
        "campaigns": [campaign()],
        "program_instances": [instance()],
        "kintell_sessions": [session()],
    }
    world = World(
        tables={**everyday, **tables},
        decisions=decisions or [],
        variables={**DEFAULT_VARIABLES, **(variables or {})},
    )
    return associations(world)[KEY]


def expect(row: Row, **fields: Any) -> None:
    assert {name: row[name] for name in fields} == fields


def test_an_everyday_session_is_automatic():
    expect(
        result(),
        confidence=100,  # 30 + 30 + 40 + 10 + 5, capped
        points_company=30,
        points_date=30,
        points_group=40,
        points_status=10,
        points_instance=5,
        group_signal="group_exact",
        tag_similarity=Decimal(1),
        band="high",
        decision="auto",
        campaign_id=CAMPAIGN,
        program_instance_id=INSTANCE,
        candidate_count=1,
        margin=None,
        company_basis="beneficiary",
        activity_date=date(2024, 3, 10),
    )


@pytest.mark.parametrize(
    ("person_tags", "signal", "similarity", "confidence"),
    [
        (["syria"], "group_partial", "0.333333", 95),
        (["syria", "men"], "group_partial", "0.250000", 95),
        (["men"], None, "0", 75),
        ([], None, "0", 75),
        (["men", "SYRIA", "women ", "youth"], "group_partial", "0.750000", 95),
        (["women", "syria", "youth"], "group_exact", "1", 100),
    ],
)
def test_tags_decide_the_group_signal(person_tags, signal, similarity, confidence):
    expect(
        result(
            users=[{"id": PERSON, "tags": person_tags}],
            beneficiary_groups=[{"id": GROUP, "tags": ["syria", "youth", "women"]}],
        ),
        group_signal=signal,
        tag_similarity=Decimal(similarity),
        confidence=confidence,
    )


def test_a_company_and_a_date_alone_go_to_review():
    row = result(users=[{"id": PERSON, "tags": []}])
    expect(row, decision="review", review_reason="medium_confidence", band="medium")
    expect(row, campaign_id=CAMPAIGN, program_instance_id=None)


def test_a_group_without_tags_is_open_and_two_thirds_round_up():
    expect(result(beneficiary_groups=[]), group_signal="group_open", confidence=85)
    expect(
        result(
            users=[{"id": PERSON, "tags": ["a", "b"]}],
            beneficiary_groups=[{"id": GROUP, "tags": ["a", "b", "c"]}],
        ),
        tag_similarity=Decimal("0.666667"),
    )


def test_an_enrollment_beats_a_better_score():
    row = result(
        users=[{"id": PERSON, "tags": ["syria"]}],
        campaigns=[
            campaign(status="planned"),
            campaign(id=OTHER_CAMPAIGN, beneficiary_group_id=None, status="paused"),
        ],
        program_instances=[
            instance(),
            instance(id=OTHER_INSTANCE, campaign_id=OTHER_CAMPAIGN),
        ],
        program_enrollments=[enrollment(OTHER_INSTANCE)],
    )
    expect(row, campaign_id=OTHER_CAMPAIGN, is_placed=True, confidence=100, margin=0)
    expect(row, program_instance_id=OTHER_INSTANCE, decision="auto", is_tied=False)


def test_twins_are_tied_unless_the_variable_says_never():
    # the twin has no instance, but both scores are capped at 100
    twins = [campaign(), campaign(id=OTHER_CAMPAIGN)]
    row = result(campaigns=twins)
    expect(row, is_tied=True, decision="review", review_reason="tied_candidates")
    expect(row, campaign_id=CAMPAIGN, runner_up_campaign_id=OTHER_CAMPAIGN, margin=0)
    expect(result(campaigns=twins, variables={"tie_similarity": None}), is_tied=False)


def test_the_newest_covering_instance_is_taken_and_doubt_is_told():
    both = [instance(), instance(id=OTHER_INSTANCE, start_date=date(2024, 3, 9))]
    row = result(program_instances=both)
    expect(row, program_instance_id=OTHER_INSTANCE, cohort_ambiguous=True)
    row = result(program_instances=both, program_enrollments=[enrollment(INSTANCE)])
    expect(row, program_instance_id=INSTANCE, cohort_ambiguous=False)


@pytest.mark.parametrize(
    ("changes", "decision_", "reason"),
    [
        ({"end_date": date(2024, 3, 9)}, "review", "no_program_instance"),
        ({"end_date": date(2024, 3, 10)}, "auto", None),
        ({"end_date": None}, "auto", None),
        ({"start_date": None}, "review", "no_program_instance"),
        ({"start_date": date(2024, 3, 11)}, "review", "no_program_instance"),
        ({"status": "paused"}, "review", "no_program_instance"),
        ({"status": "completed"}, "auto", None),
    ],
)
def test_an_instance_must_cover_the_day(changes, decision_, reason):
    row = result(program_instances=[instance(**changes)])
    expect(row, decision=decision_, review_reason=reason)


@pytest.mark.parametrize(
    ("grace", "end", "expected"),
    [
        (14, date(2024, 3, 1), True),
        (9, date(2024, 3, 1), True),
        (8, date(2024, 3, 1), False),
        (None, date(2024, 3, 1), False),
    ],
)
def test_a_placement_elsewhere_casts_doubt(grace, end, expected):
    row = result(
        # neither the company nor the status of the other campaign matters
        campaigns=[
            campaign(),
            campaign(id=OTHER_CAMPAIGN, company_id=uid(77), status="draft"),
        ],
        program_instances=[
            instance(),
            instance(
                id=OTHER_INSTANCE,
                campaign_id=OTHER_CAMPAIGN,
                start_date=date(2024, 2, 1),
                end_date=end,
            ),
        ],
        program_enrollments=[enrollment(OTHER_INSTANCE)],
        variables={"placement_grace_days": grace},
    )
    expect(row, is_placed_elsewhere=expected)
    expect(row, review_reason="placed_elsewhere" if expected else None)


def test_a_placement_in_another_kind_of_program_casts_none():
    row = result(
        program_templates=[
            {"id": TEMPLATE, "program_type": "mentorship"},
            {"id": uid(6), "program_type": "buddy"},
        ],
        campaigns=[
            campaign(),
            campaign(id=OTHER_CAMPAIGN, program_template_id=uid(6)),
        ],
        program_instances=[
            instance(),
            instance(id=OTHER_INSTANCE, campaign_id=OTHER_CAMPAIGN),
        ],
        program_enrollments=[enrollment(OTHER_INSTANCE)],
    )
    expect(row, is_placed_elsewhere=False, decision="auto")


@pytest.mark.parametrize(
    ("tables", "reason", "days"),
    [
        ({"kintell_sessions": [session(completed_at=None)]}, "missing_date", None),
        (
            {"kintell_sessions": [session(completed_at=datetime(2024, 4, 1))]},
            "future_dated",
            None,
        ),
        ({"users": [], "campaigns": []}, "unknown_beneficiary", None),
        ({"company_users": []}, "missing_company", None),
        ({"campaigns": [campaign(status="draft")]}, "no_campaign_for_company", None),
        ({"campaigns": [campaign(is_active=None)]}, "no_campaign_for_company", None),
        (
            {
                "campaigns": [
                    campaign(end_date=date(2024, 3, 3)),
                    campaign(id=OTHER_CAMPAIGN, start_date=date(2024, 3, 14)),
                ]
            },
            "no_campaign_on_date",
            4,
        ),
        (
            {"campaigns": [campaign(end_date=date(2024, 2, 3))]},
            "no_campaign_on_date",
            None,
        ),
        (
            {"program_templates": [{"id": TEMPLATE, "program_type": "language"}]},
            "no_campaign_for_program_type",
            None,
        ),
    ],
)
def test_without_a_candidate_the_first_reason_is_told(tables, reason, days):
    row = result(**tables)
    expect(row, decision="unmatched", unmatched_reason=reason, near_miss_days=days)
    expect(row, band="none", confidence=0, campaign_id=None, tag_similarity=None)


def test_a_low_band_keeps_its_best_candidate():
    row = result(users=[{"id": PERSON, "tags": []}], variables={"review_threshold": 76})
    expect(row, band="low", unmatched_reason="low_confidence", campaign_id=CAMPAIGN)


def test_the_volunteers_company_counts_where_the_beneficiary_has_none():
    row = result(company_users=[{"company_id": COMPANY, "user_id": VOLUNTEER}])
    expect(row, company_basis="volunteer", company_id=COMPANY, decision="auto")


def test_dates_are_days_in_the_reporting_zone():
    late = [session(completed_at=datetime(2024, 3, 1, 4, 59, tzinfo=UTC))]
    row = result(
        kintell_sessions=late, variables={"reporting_time_zone": "America/New_York"}
    )
    expect(row, activity_date=date(2024, 2, 29), near_miss_days=1)
    expect(result(kintell_sessions=late), activity_date=date(2024, 3, 1))


def test_a_decision_settles_its_activity_and_teaches_its_siblings_only():
    siblings = [session(), session(id=SIBLING)]
    row = result(kintell_sessions=siblings, decisions=[decision()])
    expect(row, decision="accepted", is_placed=False, program_instance_id=INSTANCE)
    taught = [decision(activity_id=SIBLING)]
    expect(result(kintell_sessions=siblings, decisions=taught), is_placed=True)
    deaf = {"decisions_teach": False}
    row = result(kintell_sessions=siblings, decisions=taught, variables=deaf)
    expect(row, is_placed=False)
    # a decision about an activity that is gone teaches nothing
    expect(result(decisions=taught), is_placed=False)


@pytest.mark.parametrize(
    ("later", "fields"),
    [
        (
            {"decision": "rejected", "program_instance_id": None},
            {"decision": "rejected", "campaign_id": None, "company_id": COMPANY},
        ),
        (
            {"decision": "withdrawn", "program_instance_id": None},
            {"decision": "auto", "program_instance_id": INSTANCE},
        ),
        (
            {"decision": "reassigned", "program_instance_id": uid(404)},
            {"decision": "review", "review_reason": "stale_decision"},
        ),
    ],
)
def test_the_latest_decision_holds(later, fields):
    expect(result(decisions=[decision(), decision(**later)]), **fields, confidence=100)


def test_a_decision_holds_for_an_activity_without_date():
    row = result(kintell_sessions=[session(completed_at=None)], decisions=[decision()])
    expect(row, decision="accepted", campaign_id=CAMPAIGN, band="none", confidence=0)
    expect(row, unmatched_reason=None, company_id=COMPANY)


def test_what_is_no_list_of_strings_is_no_tag():
    assert clean_tags({"syria": 1}) == frozenset()
    assert clean_tags("syria") == frozenset()
    assert clean_tags([1, None, ["a"], " \t", "\nYouth "]) == {"youth"}
