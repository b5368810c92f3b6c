"""dbt as the command runs it, in its own process."""

import gc
from pathlib import Path
from typing import Any

import pytest

from campaign_association import dbt
from reference.picking import VARIANTS
from reference.targets import make_platform, target_of

pytestmark = pytest.mark.slow


def test_the_parsed_project_is_kept_from_the_collector_while_models_are_made(
    database: dict[str, Any], tmp_path: Path
) -> None:
    target = target_of(database, tmp_path, {})
    make_platform(target, VARIANTS[0])
    kept: list[int] = []
    dbt.build(
        target,
        ["run", "--select", "stg_platform__users"],
        lambda *_: kept.append(gc.get_freeze_count()),
    )
    # objects of the parsed project alone are that many
    assert min(kept) > 100_000
    assert gc.get_freeze_count() == 0
