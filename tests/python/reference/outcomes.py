"""Worlds with what metrics need: hours, targets, budgets, texts and their scores."""

from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

from reference.identifiers import identifier
from reference.picking import Picker, Variant
from reference.world import Row, World
from reference.worlds import worlds

TARGETS = [1, 2, 3, 5, 0, None]
AMOUNTS = [0, "100", "250", "999.99", None]
DIMENSIONS = [
    "integration", "belonging", "language", "language_proficiency", "lang_level_proxy",
    "job_readiness", "career_readiness", "workplace_readiness", "well_being",
]  # fmt: skip
# edges: no improvement, a tenth of it, and beyond
SCORES = ["0.3", "0.4", "0.39", "0.5", "0.85", "1", "0.1", "0", None]
CONFIDENCES = ["0.7", "0.69", "0.55", "0.9", "1", None]
TEXT_TYPES = ["kintell_feedback", "buddy_feedback", "checkin_note", "essay"]


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
        | {"currency": pick.one_of(["EUR", "USD", "JPY", None])}
        for row in world.rows("campaigns")
    ]
    tables["kintell_sessions"] = [
        row | {"duration_minutes": pick.one_of([60, 45, 20, 6000, 0, None])}
        for row in world.rows("kintell_sessions")
    ]
    return replace(world, tables=tables | said(pick, number))


def said(pick: Picker, number: int) -> dict[str, list[Row]]:
    """Draw texts, their scores and snippets. Texts have the ids of activities."""
    places = [*pick.ids("activity", 3), pick.nowhere()]
    scores = [
        identifier(number, "score", each) for each in range(pick.one_of([9, 4, 0]))
    ]
    return {
        table: [
            {"id": each, "match_id": pick.one_of(places)}
            for each in pick.ids("activity", 2)
        ]
        for table in ("buddy_feedback", "buddy_checkins")
    } | {
        "outcome_scores": [
            {
                "id": each,
                "text_id": pick.one_of(places),
                "text_type": pick.one_of(TEXT_TYPES),
                "dimension": pick.one_of(DIMENSIONS),
                "score": pick.one_of(SCORES),
                "confidence": pick.one_of(CONFIDENCES),
            }
            for each in scores
        ],
        "evidence_snippets": [
            {
                "id": identifier(number, "snippet", each),
                "outcome_score_id": pick.one_of([*scores, pick.nowhere()]),
                "created_at": None,
            }
            for each in range(pick.one_of([0, 1, 5]))
        ],
    }
