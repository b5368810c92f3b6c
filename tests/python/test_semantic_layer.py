"""``mf query`` gives the figures of the models, and NULL where there is no basis."""

import csv
import os
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from campaign_association.settings import PROJECT_DIR
from platforms import World, associated_world
from reference.targets import target_of

pytestmark = pytest.mark.slow

TWO_SCOPES = ("confirmed", "with_pending")


@pytest.fixture(scope="module")
def world(server_folder, tmp_path_factory) -> World:
    """A platform after a run."""
    return associated_world(server_folder, tmp_path_factory.getbasetemp())


@pytest.fixture(scope="module")
def project(world, tmp_path_factory) -> Path:
    """The project as ``mf`` wants it: what dbt knows of it is in its folder target."""
    folder = tmp_path_factory.mktemp("project")
    target_of(world.params, folder / "profile", {})
    for name in ("dbt_project.yml", "models", "macros", "seeds", "tests", "analyses"):
        (folder / name).symlink_to(PROJECT_DIR / name)
    (folder / "target").symlink_to(world.files())
    return folder


def query(project: Path, metrics: list[str], *options: str) -> list[dict[str, Any]]:
    """Return the rows that ``mf query`` gives; numbers as such, NULL as None."""
    found = project / "found.csv"
    result = subprocess.run(
        [
            *(Path(sys.executable).with_name("mf"), "query", "--csv", found),
            *("--metrics", ",".join(metrics), *options),
        ],
        env={
            **os.environ,
            "DBT_PROFILES_DIR": str(project / "profile"),
            "DBT_LOG_PATH": str(project / "logs"),
        },
        cwd=project,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    with found.open() as lines:
        return [
            {
                name: (Decimal(value) if name in metrics else value) if value else None
                for name, value in row.items()
            }
            for row in csv.DictReader(lines)
        ]


def both(*metrics: str) -> list[str]:
    return [f"{metric}_{scope}" for metric in metrics for scope in TWO_SCOPES]


def same(one: Any, other: Any) -> bool:
    """Whether two figures are the same, but for the rounding of the public models."""
    if one is None or other is None:
        return one is other
    return abs(Decimal(one) - Decimal(other)) <= Decimal("0.006")


def test_campaigns_have_the_figures_of_the_models(world, project):
    names = {
        "activities": "activities",
        "sessions": "sessions",
        "hours": "hours",
        "unique_volunteers": "volunteers",
        "unique_beneficiaries": "beneficiaries",
        "volunteer_utilisation": "volunteer_utilisation",
        "sroi": "sroi",
        "vis": "vis",
    }
    found = query(project, both(*names), "--group-by", "campaign")
    by_campaign = {row["campaign"]: row for row in found}
    expected = world.rows("select * from analytics.campaign_metrics")
    assert any(row["sroi_confirmed"] for row in expected)
    assert any(row["sroi_confirmed"] is None for row in expected)
    for row in expected:
        for metric, column in names.items():
            for scope in TWO_SCOPES:
                shown = by_campaign[str(row["campaign_id"])][f"{metric}_{scope}"]
                # a sum or count of nothing is none in SQL
                wanted = row[f"{column}_{scope}"]
                if wanted == 0 and metric in ("activities", "sessions", "hours"):
                    wanted, shown = 0, shown or 0
                if wanted == 0 and metric.startswith("unique"):
                    shown = shown or 0
                assert same(shown, wanted), (row["campaign_id"], metric, scope)


def test_rates_and_differences_are_those_of_their_parts(world, project):
    """By month and program type, in which some parts are NULL."""
    parts = ["associated_activities", "reviewed_activities", "assessed_activities"]
    hours = ["hours_with_pending", "hours_confirmed"]
    found = query(
        project,
        [*parts, *hours, "auto_rate", "review_share", "hours_in_review"],
        *("--group-by", "metric_time__month,campaign__program_type"),
    )
    for row in found:
        associated, reviewed, assessed = (row[name] or 0 for name in parts)
        assert same(row["auto_rate"], associated / assessed if assessed else None)
        assert same(row["review_share"], reviewed / assessed if assessed else None)
        pending, confirmed = (row[name] for name in hours)
        wanted = None if pending is None else pending - (confirmed or 0)
        assert row["hours_in_review"] == wanted
    assert any(row["hours_with_pending"] is None for row in found)
    totals = [sum(row[name] or 0 for row in found) for name in parts]
    quality = world.rows("select * from analytics.association_quality")
    assert totals == [
        sum(row[column] for row in quality)
        for column in ("associated", "review", "assessed")
    ]
