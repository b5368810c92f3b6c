"""Worlds with what metrics need: hours, targets, budgets, texts and their scores."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from hypothesis import strategies as st

from reference.identifiers import identifier
from reference.picking import Picker, Variant
from reference.world import Row, World
from reference.worlds import worlds

TARGETS = [5, 1, 2, 3, 4, 5, 0, None]
AMOUNTS = ["100", "250", "999.99", 0, None]
DIMENSIONS = [
    "integration", "belonging", "language", "language_proficiency", "lang_level_proxy",
    "job_readiness", "career_readiness", "workplace_readiness", "well_being",
]  # fmt: skip
# edges: no improvement, a tenth of it, and beyond
SCORES = ["0.3", "0.4", "0.39", "0.5", "0.85", "1", "0.1", "0", None]
CONFIDENCES = ["0.7", "0.69", "0.55", "0.9", "1", None]
TEXT_TYPES = ["kintell_feedback", "kintell_feedback", "buddy_feedback", "checkin_note"]
# copies of each drawn session, so that volunteers hold several
COPIES = 3


@st.composite
def worlds_with_outcomes(
    draw: st.DrawFn, number: int, variables: dict[str, Any], variant: Variant
) -> World:
    """Draw a world, and then what its metrics are made of."""
    world = draw(worlds(number, variables, variant))
    pick = Picker(draw, number, variant, days=[])
    tables = dict(world.tables)
    tables["campaigns"] = [
        row
        | {
            name: pick.one_of(TARGETS)
            for name in ("target_volunteers", "target_beneficiaries", "max_sessions")
        }
        | {name: pick.one_of(AMOUNTS) for name in ("budget_spent", "budget_allocated")}
        | {"currency": pick.one_of(["EUR", "USD", "EUR", "USD", "JPY", None])}
        for row in world.rows("campaigns")
    ]
    tables["kintell_sessions"] = sessions(pick, world)
    world = replace(world, tables=tables)
    accepted = acceptances(pick, world)
    return replace(
        world, tables=tables | said(pick, tables), decisions=world.decisions + accepted
    )


def sessions(pick: Picker, world: World) -> list[Row]:
    """Draw hours for the world's sessions, and more sessions like them."""
    drawn = world.rows("kintell_sessions")
    volunteers = pick.ids("volunteer", 5)
    found = [row | {"duration_minutes": duration(pick)} for row in drawn]
    for place, row in enumerate(drawn * COPIES):
        moment = row["completed_at"]
        if moment is not None:
            moment += timedelta(days=pick.one_of([0, -1, -7, -30]))
        found.append(
            row
            | {
                "id": identifier(pick.number, "activity", 100 + place),
                "volunteer_id": pick.one_of(volunteers),
                "completed_at": moment,
                "duration_minutes": duration(pick),
            }
        )
    return found


def duration(pick: Picker) -> int | None:
    return pick.one_of([60, 45, 20, 6000, 0, None])


def acceptances(pick: Picker, world: World) -> list[Row]:
    """Draw decisions for about half of the activities: the rules alone confirm few."""
    instances = [row["id"] for row in world.rows("program_instances")[:2]]
    return [
        {
            "activity_type": activity_type,
            "activity_id": row["id"],
            "decision": "accepted",
            "program_instance_id": pick.one_of(instances),
        }
        for activity_type, table in (
            ("session", "kintell_sessions"),
            ("match", "buddy_matches"),
            ("completion", "learning_progress"),
        )
        for row in world.rows(table)
        if instances and pick.one_of([True, False])
    ]


def said(pick: Picker, tables: dict[str, list[Row]]) -> dict[str, list[Row]]:
    """Draw texts, their scores and snippets. Texts have the ids of activities."""
    sessions = [row["id"] for row in tables["kintell_sessions"]]
    matches = [row["id"] for row in tables["buddy_matches"]]
    scores = [
        identifier(pick.number, "score", each)
        for each in range(pick.one_of([15, 9, 4, 0]))
    ]
    return {
        table: [
            {"id": each, "match_id": pick.mostly(matches, [pick.nowhere(), None], 5)}
            for each in pick.ids("activity", 2)
        ]
        for table in ("buddy_feedback", "buddy_checkins")
    } | {
        "outcome_scores": [
            {
                "id": each,
                "text_id": pick.mostly(sessions, [pick.nowhere(), *matches], 10),
                "text_type": pick.mostly(TEXT_TYPES, ["essay", None], 10),
                "dimension": pick.one_of(DIMENSIONS),
                "score": pick.one_of(SCORES),
                "confidence": pick.one_of(CONFIDENCES),
            }
            for each in scores
        ],
        "evidence_snippets": [
            {
                "id": identifier(pick.number, "snippet", each),
                "outcome_score_id": pick.one_of([*scores, pick.nowhere()]),
                "created_at": None,
            }
            for each in range(pick.one_of([0, 1, 5]))
        ],
    }
