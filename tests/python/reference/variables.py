"""Sets of variables and of points to run the rules with."""

from datetime import date
from typing import Any

from hypothesis import strategies as st

from reference.world import DEFAULT_POINTS, DEFAULT_VARIABLES, World

# one set a line of thought; the defaults stand for what is not named
VARIABLE_SETS: dict[str, dict[str, Any]] = {
    "defaults": {},
    "new_york": {
        "reporting_time_zone": "America/New_York",
        "placement_grace_days": 2,
        "tie_similarity": 0.5,
        "as_of_date": "2024-03-28",
    },
    "auckland": {
        "reporting_time_zone": "Pacific/Auckland",
        "tie_similarity": None,
        "placement_grace_days": 0,
        "auto_threshold": 70,
    },
    "nobody_teaches": {
        "decisions_teach": False,
        "placement_grace_days": None,
        "tie_similarity": 1,
        "auto_threshold": 60,
        "review_threshold": 60,
    },
    "no_enrollments": {
        "use_enrollments": False,
        "auto_threshold": 75,
        "review_threshold": 0,
        "tie_similarity": 0,
    },
    "any_program_type": {
        "require_program_type": False,
        "auto_threshold": 100,
        "review_threshold": 70,
        "as_of_date": "2024-03-25",
    },
}


def variables_of(overrides: dict[str, Any]) -> dict[str, Any]:
    return {**DEFAULT_VARIABLES, **overrides}


def variable_sets() -> st.SearchStrategy[dict[str, Any]]:
    """Return every variable that changes a result, thresholds in order."""
    days = st.dates(date(2024, 3, 1), date(2024, 4, 6))
    thresholds = st.lists(st.sampled_from([0, 40, 60, 75, 76, 80, 100]), min_size=2)
    ordered = thresholds.map(lambda drawn: sorted(drawn[:2]))
    return st.builds(
        lambda band, **rest: {
            **rest,
            "review_threshold": band[0],
            "auto_threshold": band[1],
        },
        band=ordered,
        as_of_date=days.map(date.isoformat),
        reporting_time_zone=st.sampled_from(
            ["UTC", "America/New_York", "Pacific/Auckland", "Asia/Kolkata"]
        ),
        use_enrollments=st.booleans(),
        require_program_type=st.booleans(),
        decisions_teach=st.booleans(),
        tie_similarity=st.sampled_from([None, 0, 0.1, 0.333333, 0.5, 1]),
        placement_grace_days=st.sampled_from([None, 0, 1, 3, 14]),
    )


def point_sets() -> st.SearchStrategy[dict[str, int]]:
    """Return points for every signal: the seed's, or any whole numbers from 0."""
    anything = st.fixed_dictionaries(
        {
            signal: st.sampled_from([0, 5, 10, 20, 30, 40, 55])
            for signal in DEFAULT_POINTS
        }
    )
    return st.one_of(st.just(dict(DEFAULT_POINTS)), anything)


def with_points(batch: list[World], points: dict[str, int]) -> list[World]:
    """Give every world of a batch the same points: they share one seed table."""
    for world in batch:
        world.points = points
    return batch
