"""The dbt project itself: unit tests, contracts, descriptions, lineage and tags."""

from pathlib import Path
from typing import Any

import pytest

from platforms import World, associated_world, succeed

pytestmark = pytest.mark.slow

LINKED_SOURCES = {
    "stg_platform__kintell_sessions",
    "stg_platform__buddy_matches",
    "stg_platform__learning_progress",
}
WARNING = "company_and_date_alone_never_associate"


@pytest.fixture(scope="module")
def world(server_folder, tmp_path_factory) -> World:
    """A platform after a run."""
    return associated_world(server_folder, tmp_path_factory.getbasetemp())


@pytest.fixture(scope="module")
def manifest(world) -> dict[str, Any]:
    """What dbt knows of the project."""
    return world.artifact("manifest.json")


@pytest.fixture(scope="module")
def models(manifest) -> list[dict[str, Any]]:
    """The project's models and seeds."""
    return [
        node
        for node in manifest["nodes"].values()
        if node["resource_type"] in ("model", "seed")
    ]


@pytest.fixture(scope="module")
def columns(world) -> dict[tuple[str, str], set[str]]:
    """The columns that each relation of the database really has."""
    found: dict[tuple[str, str], set[str]] = {}
    for row in world.rows(
        "select table_schema, table_name, column_name from information_schema.columns"
    ):
        relation = (row["table_schema"], row["table_name"])
        found.setdefault(relation, set()).add(row["column_name"])
    return found


def is_public(node: dict[str, Any]) -> bool:
    return node.get("access") == "public"


def test_unit_tests_pass(world):
    result = world.dbt("test", "--select", "test_type:unit", as_of_date=None)
    results = world.artifact("run_results.json", bare=True, as_of_date=None)
    outcomes = [
        row for row in results["results"] if row["unique_id"].startswith("unit_test.")
    ]
    failed = [
        f"{row['unique_id']}: {row['message']}"
        for row in outcomes
        if row["status"] != "pass"
    ]
    assert not failed, "\n".join(failed)
    succeed(result)
    assert len(outcomes) > 50


def test_every_model_is_described(models):
    assert not [node["name"] for node in models if not node["description"].strip()]


def test_every_column_written_down_is_there_and_described(models, manifest, columns):
    """Drift: a column that YAML names and the relation no longer has."""
    for node in [*models, *manifest["sources"].values()]:
        relation = (node["schema"], node.get("identifier") or node["name"])
        assert relation in columns, node["name"]
        written = node["columns"]
        assert set(written) <= columns[relation], node["name"]
        for name, column in written.items():
            assert column["description"].strip(), f"{node['name']}.{name}"


def test_public_models_are_contracts(models, columns):
    public = [node for node in models if is_public(node)]
    assert {"campaign_associations", "association_review_queue"} <= {
        node["name"] for node in public
    }
    for node in public:
        assert node["schema"] == "analytics", node["name"]
        assert node["config"]["contract"]["enforced"], node["name"]
        assert set(node["columns"]) == columns[(node["schema"], node["name"])]
        for name, column in node["columns"].items():
            assert column["data_type"], f"{node['name']}.{name}"


def test_other_models_are_private(models):
    for node in models:
        if not is_public(node):
            assert node["schema"] == "analytics_internal", node["name"]
            if node["resource_type"] == "model":
                assert node["access"] == "private", node["name"]


def test_data_tests_are_integrity_or_quality(manifest):
    tests = [
        node for node in manifest["nodes"].values() if node["resource_type"] == "test"
    ]
    for node in tests:
        kinds = {"integrity", "quality"} & set(node["tags"])
        assert len(kinds) == 1, f"{node['name']} is tagged {node['tags']}"
        is_quality = Path(node["original_file_path"]).parent == Path("tests/quality")
        assert kinds == ({"quality"} if is_quality else {"integrity"}), node["name"]


def test_integrity_tests_are_errors(manifest):
    tests = [node for node in manifest["nodes"].values() if "integrity" in node["tags"]]
    assert len(tests) > 15
    assert {node["config"]["severity"].lower() for node in tests} == {"error"}


def test_quality_tests_skip_no_model(manifest):
    """They read models on which no model depends: a failing test holds up nothing."""
    nodes = manifest["nodes"]
    tests = [node for node in nodes.values() if "quality" in node["tags"]]
    assert len(tests) >= 7
    for test in tests:
        for parent in test["depends_on"]["nodes"]:
            children = manifest["child_map"][parent]
            models = [name for name in children if name.startswith("model.")]
            if test["config"]["severity"].lower() == "error":
                assert not models, f"{test['name']} reads {parent}, as do {models}"


def test_exposures_name_what_others_read(manifest):
    exposures = {row["name"]: row for row in manifest["exposures"].values()}
    assert {"write_back", "review", "campaign_dashboard"} == exposures.keys()
    for exposure in exposures.values():
        for name in exposure["depends_on"]["nodes"]:
            assert is_public(manifest["nodes"][name]), name


def test_docs_are_one_page(world, models, manifest):
    """With every model and column, the tests and the lineage, without the network."""
    succeed(world.dbt("docs", "generate", "--static", "--quiet"))
    page = (world.files(bare=True) / "static_index.html").read_text()
    for node in [*models, *manifest["exposures"].values()]:
        assert node["unique_id"] in page, node["name"]
    catalog = world.artifact("catalog.json", bare=True)
    described = {node["unique_id"] for node in models}
    assert described <= catalog["nodes"].keys()


def test_links_are_no_evidence(models, columns):
    """No model that scores can see program_instance_id of an activity."""
    matching = [
        node
        for node in models
        if node["path"].replace("\\", "/").startswith("matching")
    ]
    assert len(matching) > 10
    readers = {
        node["name"]
        for node in matching
        for parent in node["depends_on"]["nodes"]
        if parent.split(".")[-1] in LINKED_SOURCES
    }
    assert readers == {"int_activities"}
    (activities,) = [node for node in matching if node["name"] == "int_activities"]
    assert "program_instance_id" not in activities["raw_code"]
    seen = columns[("analytics_internal", "int_activities")]
    assert "activity_id" in seen
    assert "program_instance_id" not in seen


def test_raised_points_warn(world):
    """Company and date alone would associate: a warning, never a failure."""
    raise_points = (
        "update analytics_internal.scoring_rules set points = points + {}"
        " where signal = 'active_instance'"
    )
    assert "WARN=0" in succeed(world.dbt("test", "--select", WARNING))
    world.execute(raise_points.format(5))
    try:
        printed = succeed(world.dbt("test", "--select", WARNING))
    finally:
        world.execute(raise_points.format(-5))
    assert "WARN=1" in printed
