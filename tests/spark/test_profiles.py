"""The profiles that users are shown are such as the command takes."""

import re
from pathlib import Path

import pytest

from campaign_association.settings import PROJECT_DIR
from campaign_association.target import find_target

EXAMPLE = (PROJECT_DIR / "profiles.yml.example").read_text()
SHOWN = re.findall(
    r"```yaml\n(.*?)```", (PROJECT_DIR / "docs" / "spark.md").read_text(), re.DOTALL
)


@pytest.mark.parametrize(
    ("profiles", "name", "thrift_server"),
    [
        (EXAMPLE, "spark", ("spark.internal.example", 10000)),
        (SHOWN[-1], "databricks", None),
    ],
    ids=["thrift", "http"],
)
def test_a_profile_leads_to_spark_and_postgresql(
    profiles: str,
    name: str,
    thrift_server: tuple[str, int] | None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for secret in ("POSTGRES_PASSWORD", "DATABRICKS_TOKEN"):
        monkeypatch.setenv(f"DBT_ENV_SECRET_{secret}", "secret")
    (tmp_path / "profiles.yml").write_text(profiles)
    variables = {"postgresql_target": "prod"}
    target = find_target(str(tmp_path), None, name, variables, takes_spark=True)
    assert target.params["host"] == "db.internal.example"
    assert target.spark.thrift_server == thrift_server
    assert target.on_spark.schema == "analytics"
