"""The models give what the plain-Python reference gives, on worlds full of edges.

Each case builds the models once for a set of variables, then runs their SQL on many
worlds, each batch in a transaction that is rolled back. The profile ``nightly`` of
Hypothesis takes more worlds, and more sets of variables.
"""

import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from hypothesis import HealthCheck, Phase, given, settings

from campaign_association.target import Target
from reference import compare
from reference.loading import load
from reference.picking import VARIANTS, Variant
from reference.sampling import some_of
from reference.showing import show
from reference.shrinking import smallest
from reference.targets import make_platform, params_of, target_of
from reference.variables import (
    VARIABLE_SETS,
    point_sets,
    variable_sets,
    variables_of,
    with_points,
)
from reference.world import World
from reference.worlds import batches_of_worlds

pytestmark = pytest.mark.slow

IS_NIGHTLY = hypothesis.settings.get_current_profile_name() == "nightly"
WORLDS_A_BATCH = 8
RANDOM_VARIABLE_SETS = 20 if IS_NIGHTLY else 0
# without Hypothesis' own shrinking: see reference/shrinking.py
PHASES = [Phase.explicit, Phase.reuse, Phase.generate]
# a session in another zone than UTC must not matter
SESSION_OPTIONS = "-c timezone=Pacific/Kiritimati"


def cases() -> list[Any]:
    """Return sets of variables, each with the variants of types to try them on."""
    named = [
        pytest.param(overrides, variant, id=f"{name}-{variant}")
        for number, (name, overrides) in enumerate(VARIABLE_SETS.items())
        for variant in (VARIANTS if IS_NIGHTLY else [VARIANTS[number % 2]])
    ]
    drawn = some_of(variable_sets(), RANDOM_VARIABLE_SETS) if IS_NIGHTLY else []
    return named + [
        pytest.param(overrides, variant, id=f"drawn_{number}-{variant}")
        for number, (overrides, variant) in enumerate(
            zip(drawn, itertools.cycle(VARIANTS), strict=False)
        )
    ]


@pytest.fixture
def new_target(
    request: pytest.FixtureRequest, tmp_path: Path
) -> Callable[[Variant, dict[str, Any]], Target]:
    """A function that makes an empty platform of a variant, with our migrations."""

    def make(variant: Variant, overrides: dict[str, Any]) -> Target:
        target = target_of(params_of(variant, request), tmp_path, overrides)
        make_platform(target, variant)
        return target

    return make


@pytest.mark.timeout(3600)
@pytest.mark.parametrize(("overrides", "variant"), cases())
def test_models_equal_reference(overrides, variant, new_target, tmp_path):
    variables = variables_of(overrides)
    target = new_target(variant, variables)
    models = compare.build_models(target, tmp_path)

    with target.connect(options=SESSION_OPTIONS) as connection:

        def wrong(batch: list[World]) -> list[str]:
            try:
                load(connection, target.platform_schema, variant, batch)
                compare.run_models(connection, models, batch[0].points)
                actual = compare.recorded(connection, target.schema)
            finally:
                connection.rollback()
            return compare.differences(actual, batch)

        @settings(deadline=None, phases=PHASES, suppress_health_check=list(HealthCheck))
        @given(
            batch=batches_of_worlds(variables, variant, WORLDS_A_BATCH),
            points=point_sets(),
        )
        def models_equal_reference(batch: list[World], points: dict[str, int]) -> None:
            batch = with_points(batch, points)
            if not wrong(batch):
                return
            for world in batch:
                if wrong([world]):
                    small = smallest(world, lambda tried: bool(wrong([tried])))
                    pytest.fail("\n".join([*wrong([small]), show(small)]))
            pytest.fail("\n".join([*wrong(batch), *map(show, batch)]))

        models_equal_reference()
