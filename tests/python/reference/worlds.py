"""Hypothesis strategies for small worlds in which the edges of the rules meet.

Few days, few tags, few people and many coincidences: the same uuid in several
tables, dates that touch, equal starts, NULLs, ids that point nowhere.
"""

from datetime import date, timedelta
from typing import Any

from hypothesis import strategies as st

from reference.picking import (
    CAMPAIGN_STATUSES,
    COURSE_METADATA,
    CREATION_TIMES,
    INSTANCE_STATUSES,
    PROGRAM_TYPES,
    Picker,
    Variant,
)
from reference.world import Row, World

# clocks change in New York on 10 March, in Auckland on 7 April
FIRST_DAY = date(2024, 3, 1)
SPAN_DAYS = 36


@st.composite
def worlds(
    draw: st.DrawFn, number: int, variables: dict[str, Any], variant: Variant
) -> World:
    """Draw one world. Worlds of different numbers share no id."""
    pick = Picker(draw, number, variant, days_that_matter(draw, variables))
    platform = campaigns_and_people(pick)
    tables = platform | activities_of(pick, platform)
    return World(tables=tables, decisions=decisions_of(pick), variables=variables)


def days_that_matter(draw: st.DrawFn, variables: dict[str, Any]) -> list[date]:
    """Draw few days, so that dates meet: edges, their neighbours, grace days away."""
    grace = variables["placement_grace_days"] or 0
    today = date.fromisoformat(variables["as_of_date"])
    key_days = draw(st.lists(st.integers(0, SPAN_DAYS), min_size=1, max_size=3))
    steps = draw(st.sampled_from([(-1, 0, 1), (-grace, 0, grace + 1), (-1, 0, grace)]))
    return sorted(
        {
            FIRST_DAY + timedelta(days=key + step)
            for key in (*key_days, (today - FIRST_DAY).days - 3)
            for step in steps
        }
    )


def campaigns_and_people(pick: Picker) -> dict[str, list[Row]]:
    """Draw everything but the activities."""
    companies = pick.ids("company", 3)
    company_choice = [companies[0], companies[0], companies[0], companies[1]]
    people = pick.ids("person", 2)
    volunteers = pick.ids("volunteer", 1)
    groups = pick.some("group", [1, 2, 3, 0])
    templates = pick.some("template", [0, 1, 2, 3])
    campaigns = pick.some("campaign", [1, 2, 3, 4, 5, 6, 0])
    instances = pick.some("instance", [2, 3, 4, 5, 6, 1, 0])
    nowhere = pick.nowhere()
    members = [*people, *pick.draw(st.lists(st.sampled_from([*people, *volunteers])))]
    return {
        # a membership counts whether or not its company is there
        "companies": [{"id": each} for each in companies[:2]],
        "users": [
            {"id": each, "tags": pick.tags()}
            for each in [*people, *volunteers]
            if pick.mostly([True], [False])
        ],
        "company_users": [
            {
                "company_id": pick.mostly(
                    company_choice, [companies[2], None, nowhere]
                ),
                "user_id": pick.mostly([each], [None, *volunteers], 5),
            }
            for each in members
        ],
        "beneficiary_groups": [{"id": each, "tags": pick.tags()} for each in groups],
        "program_templates": [
            {"id": each, "program_type": pick.code(PROGRAM_TYPES)} for each in templates
        ],
        "campaigns": [
            {
                "id": each,
                "company_id": pick.mostly(
                    company_choice, [companies[2], None, nowhere]
                ),
                "program_template_id": pick.mostly([None, *templates], [nowhere]),
                "beneficiary_group_id": pick.mostly(groups, [None, nowhere], 10),
                **pick.span(open_end=False),
                "status": pick.code(CAMPAIGN_STATUSES),
                "is_active": pick.mostly([True], [False, None], 15),
            }
            for each in campaigns
        ],
        "program_instances": [
            {
                "id": each,
                "campaign_id": pick.mostly(
                    [*campaigns, *campaigns[:2]], [None, nowhere]
                ),
                **pick.span(open_end=True),
                "status": pick.code(INSTANCE_STATUSES),
                "created_at": pick.one_of(CREATION_TIMES),
            }
            for each in instances
        ],
        "program_enrollments": [
            {
                "user_id": pick.mostly(people, [*volunteers, None]),
                "program_instance_id": pick.mostly(instances, [None, nowhere]),
                "status": pick.code(["active", "completed", None, "dropped"]),
            }
            for _ in range(pick.one_of([0, 1, 2, 3, 4]))
        ],
    }


def activities_of(pick: Picker, platform: dict[str, list[Row]]) -> dict[str, list[Row]]:
    """Draw activities. Those of the three services share their ids."""
    volunteers = pick.ids("volunteer", 1)
    strangers = pick.ids("stranger", 1)
    people = pick.ids("person", 2)
    instances = [row["id"] for row in platform["program_instances"]]

    def beneficiary() -> Any:
        return pick.mostly(people, [None, *strangers])

    def volunteer() -> Any:
        return pick.mostly([*volunteers, *people], [None, *strangers])

    def held() -> Any:
        # what the platform holds already is never evidence, so anything goes
        return pick.one_of([None, *instances])

    return {
        "kintell_sessions": [
            {
                "id": each,
                "session_type": pick.code(["mentorship", "language", None]),
                "participant_id": beneficiary(),
                "volunteer_id": volunteer(),
                "scheduled_at": pick.moment(),
                "completed_at": pick.one_of([pick.moment(), None]),
                "program_instance_id": held(),
            }
            for each in pick.some("activity", [1, 2, 3, 4, 0])
        ],
        "buddy_matches": [
            {
                "id": each,
                "participant_id": beneficiary(),
                "buddy_id": volunteer(),
                "matched_at": pick.moment(),
                "program_instance_id": held(),
            }
            for each in pick.some("activity", [0, 1, 2, 3])
        ],
        "learning_progress": [
            {
                "id": each,
                "user_id": beneficiary(),
                "status": pick.mostly(
                    ["completed"], ["failed", "in_progress", None], 5
                ),
                "completed_at": pick.moment(),
                "metadata": pick.draw(COURSE_METADATA),
                "program_instance_id": held(),
            }
            for each in pick.some("activity", [0, 1, 2, 3])
        ],
    }


def decisions_of(pick: Picker) -> list[Row]:
    """Draw decisions, some about what is not there or not there any more."""
    found = []
    for _ in range(pick.one_of([0, 0, 1, 2, 3, 4])):
        decision = pick.one_of(["accepted", "reassigned", "rejected", "withdrawn"])
        row = {
            "activity_type": pick.one_of(["session", "match", "completion"]),
            "activity_id": pick.one_of(pick.ids("activity", 3)),
            "decision": decision,
            "program_instance_id": None,
        }
        if decision in ("accepted", "reassigned"):
            chosen = pick.mostly(pick.ids("instance", 4), [pick.nowhere()])
            row["program_instance_id"] = chosen
        found.append(row)
    return found


def batches_of_worlds(
    variables: dict[str, Any], variant: Variant, size: int
) -> st.SearchStrategy[list[World]]:
    """Return up to ``size`` worlds that fit beside each other in one database."""
    return st.integers(1, size).flatmap(
        lambda count: st.tuples(
            *(worlds(number, variables, variant) for number in range(count))
        ).map(list)
    )
