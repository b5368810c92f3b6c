"""Empty platforms that dbt reaches by a profile."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from campaign_association.migrate import migrate_up
from campaign_association.target import Target
from reference.loading import create_platform
from reference.picking import VARIANTS, Variant


def params_of(variant: Variant, request: pytest.FixtureRequest) -> dict[str, Any]:
    """Return a new database; the variants are on servers of different versions."""
    servers = dict(zip(VARIANTS, ("database", "foreign_database"), strict=True))
    return request.getfixturevalue(servers[variant])


def target_of(
    params: Mapping[str, Any], folder: Path, overrides: Mapping[str, Any]
) -> Target:
    """Return a database as the command sees it, its profile in ``folder``."""
    profile = {
        "type": "postgres",
        "schema": "analytics",
        "threads": 1,
        **{name: params[name] for name in ("host", "port", "user", "password")},
        "dbname": params["dbname"],
    }
    outputs = {"target": "test", "outputs": {"test": profile}}
    folder.mkdir(exist_ok=True)
    profiles = {"campaign_association": outputs}
    (folder / "profiles.yml").write_text(yaml.safe_dump(profiles))
    return Target(
        params=params,
        schema=profile["schema"],
        overrides=overrides,
        dbt_options=("--profiles-dir", str(folder)),
    )


def make_platform(target: Target, variant: Variant) -> None:
    """Make an empty platform of a variant, with our migrations."""
    with target.connect() as connection:
        create_platform(connection, target.platform_schema, variant)
    migrate_up(target)
