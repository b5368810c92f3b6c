"""The metrics models give what the plain-Python reference gives, on random worlds.

Each case loads many worlds side by side and builds the project once. Its data tests
run, too: every figure follows from its evidence, and days add up to campaigns.
"""

from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from psycopg import sql
from psycopg.rows import dict_row

from reference import compare
from reference.loading import load
from reference.metrics import Rows, metrics
from reference.outcomes import worlds_with_outcomes
from reference.picking import VARIANTS, Variant
from reference.sampling import numbered, some_of
from reference.showing import readable, show
from reference.targets import make_platform, params_of, target_of
from reference.variables import VARIABLE_SETS, variables_of

pytestmark = pytest.mark.slow

IS_NIGHTLY = hypothesis.settings.get_current_profile_name() == "nightly"
WORLDS = 1000 if IS_NIGHTLY else 150
KEYS = {
    "campaign_metrics": ("campaign_id",),
    "campaign_metrics_daily": ("campaign_id", "metric_date"),
    "volunteer_impact_scores": ("campaign_id", "volunteer_id"),
    "upsell_opportunities": ("campaign_id",),
}
# four of five volunteers: worked by hand in the unit tests of int_campaign_figures
RARE = {"is_near_capacity_confirmed", "is_near_capacity_with_pending"}
TESTS = ("figures_follow_from_evidence", "daily_metrics_end_in_campaign_metrics")
EVIDENCE_ROWS = """
select
    count(*),
    count(distinct (
        metric, campaign_id, activity_type, activity_id, outcome_score_id,
        evidence_snippet_id
    ))
from {}.metric_evidence
"""
CASES = [
    ({}, VARIANTS[0]),
    ({**VARIABLE_SETS["new_york"], "sroi_include_budget": True}, VARIANTS[1]),
]


@pytest.mark.parametrize(("overrides", "variant"), CASES, ids=["default", "budget"])
def test_metrics_equal_reference(
    overrides: dict[str, Any],
    variant: Variant,
    request: pytest.FixtureRequest,
    tmp_path: Path,
) -> None:
    variables = variables_of(overrides)
    target = target_of(params_of(variant, request), tmp_path, variables)
    make_platform(target, variant)
    drawn = numbered(some_of(worlds_with_outcomes(0, variables, variant), WORLDS))
    with target.connect() as connection:
        load(connection, target.platform_schema, variant, drawn)
    compare.dbt(
        target, tmp_path, "build", "--exclude-resource-type", "unit_test",
        "--select", *(f"+{model}" for model in (*KEYS, "metric_evidence")), *TESTS,
        "--indirect-selection", "empty",
    )  # fmt: skip
    with target.connect() as connection:
        query = sql.SQL(EVIDENCE_ROWS).format(sql.Identifier(target.schema))
        rows, keys = connection.execute(query).fetchone()
    assert rows == keys > WORLDS, "evidence fans out"
    references = [metrics(world) for world in drawn]
    for model, key in KEYS.items():
        query = sql.SQL("select * from {}").format(sql.Identifier(target.schema, model))
        with target.connect(row_factory=dict_row) as connection:
            actual = {
                tuple(row[name] for name in key): row
                for row in connection.execute(query)
            }
        expected = [reference[model] for reference in references]
        for world, rows in zip(drawn, expected, strict=True):
            wrong = differences(model, rows, actual)
            assert not wrong, "\n".join([*wrong, show(world)])
        assert actual.keys() == {key for rows in expected for key in rows}, model
        assert always_empty(expected) <= RARE, model


def differences(model: str, expected: Rows, actual: Rows) -> list[str]:
    """Return a line a figure in which model and reference differ."""
    return [
        f"{model} {readable(key)}: {name} is {found} in the model, {wanted} in the "
        "reference"
        for key, row in expected.items()
        for name, wanted in row.items()
        for found in [actual.get(key, {}).get(name, "(not there)")]
        if not is_same(found, wanted)
    ]


def is_same(found: Any, wanted: Any) -> bool:
    """Whether a figure is the exact one, but for what rounding takes from it."""
    if isinstance(found, Decimal) and wanted is not None:
        last_place = Fraction(10) ** found.as_tuple().exponent
        return abs(Fraction(found) - Fraction(wanted)) <= last_place
    return found == wanted


def always_empty(rows: list[Rows]) -> set[str]:
    """Return the figures that no world has: comparing them would show nothing."""
    everything = [row for each in rows for row in each.values()]
    return {
        name
        for name in everything[0]
        if not any(row[name] not in (None, 0, False, []) for row in everything)
    }
