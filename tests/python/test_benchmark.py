"""The benchmark: equal results, targets, and what is asked for wrongly. No timings."""

import json
import sys
from datetime import datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st
from psycopg import sql

from campaign_association.benchmark import benchmark
from campaign_association.benchmark.growth import GrowthFigures, SizedRun
from campaign_association.benchmark.models import ModelsRun
from campaign_association.benchmark.results import ESSENTIALS, compare, create_results
from campaign_association.benchmark.targets import Figures, Ratio, ratios
from campaign_association.dbt import NodeResult, clock_seconds
from campaign_association.errors import CommandFailed
from campaign_association.target import Target
from conftest import Params

PNG = b"\x89PNG\r\n"


def call(*arguments: str) -> Result:
    return CliRunner().invoke(benchmark, arguments)


@pytest.mark.slow
def test_all_ways_come_to_the_same_associations(run_command, tmp_path):
    """The command fails where they do not: rules that change, change in all of them."""
    chart = tmp_path / "chart.png"
    result = run_command(
        "benchmark", "--only", "association", "--activities", "3000",
        "--records", "3000", "--chart", chart, "--json",
    )  # fmt: skip
    assert result.returncode == 0, result.stderr
    report = json.loads(result.stdout)
    figures = report["association"]
    assert figures["activities"] == 3000
    assert figures["connector"]["records"] == 3000
    assert all(megabytes > 0 for megabytes in figures["peak_megabytes"].values())
    assert len(report["ratios"]) == 2
    assert chart.read_bytes().startswith(PNG)


@pytest.mark.slow
def test_inserts_are_timed_with_triggers_that_associate(run_command):
    report = measured(
        run_command, "ingest", "--activities", "3000", "--decisions", "40",
        "--rows", "1000", "--copy", "200",
    )  # fmt: skip
    assert report["decisions"] == 40
    assert report["copied"] == 200
    assert report["auto_share"] > 0.5
    assert set(report["with_triggers"]) == {"mean", "p50", "p99"}


@pytest.mark.slow
def test_backfills_of_all_batch_sizes_do_all_activities(run_command):
    report = measured(
        run_command, "backfill", "--activities", "3000", "--records", "50"
    )
    assert [rate["records"] for rate in report["rates"]] == [3000, 3000, 3000, 50]
    assert all(rate["writing_seconds"] > 0 for rate in report["rates"])


@pytest.mark.slow
def test_runs_after_changes_score_what_changed(run_command):
    report = measured(run_command, "incremental", "--activities", "3000")
    scored = {run["run"]: run["scored"] for run in report["runs"]}
    assert (
        0 == scored["unchanged"] < scored["1% changed"] < scored["10% changed"] < 3000
    )


def measured(run_command, *arguments: str):
    """Return the report of a part that was measured."""
    result = run_command("benchmark", *arguments, "--json")
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)


@pytest.mark.parametrize(
    "change",
    [
        "update {} set decision = 'review'",
        "update {} set confidence = null",
        "delete from {}",
    ],
)
def test_results_that_differ_are_not_compared(database: Params, change: str):
    target = Target(database, "analytics", {}, ())
    with target.connect(autocommit=True) as connection:
        theirs = _make_results(connection)
        compare(connection, target, "statement", theirs, ESSENTIALS)
        connection.execute(sql.SQL(change).format(theirs))
        with pytest.raises(CommandFailed, match="1 associations of the statement"):
            compare(connection, target, "statement", theirs, ESSENTIALS)


def test_a_sample_may_lack_activities_but_not_differ(database: Params):
    target = Target(database, "analytics", {}, ())
    with target.connect(autocommit=True) as connection:
        theirs = _make_results(connection)
        for change in ("delete from {}", "insert into {} (activity_type) values ('')"):
            compare(connection, target, "way", theirs, ESSENTIALS, is_sample=True)
            connection.execute(sql.SQL(change).format(theirs))
        with pytest.raises(CommandFailed, match="1 associations of the way"):
            compare(connection, target, "way", theirs, ESSENTIALS, is_sample=True)


def _make_results(connection: psycopg.Connection) -> sql.Identifier:
    """Make the models' table and one of equal results, each of one activity."""
    theirs = sql.Identifier("public", "theirs")
    connection.execute("create schema analytics")
    for table in (sql.Identifier("analytics", "campaign_associations"), theirs):
        create_results(connection, table)
        connection.execute(
            sql.SQL(
                "insert into {} values ('session',"
                " '00000000-0000-0000-0000-000000000001', null, null, 'unmatched', 0)"
            ).format(table)
        )
    return theirs


def test_a_target_is_met_or_not():
    assert Ratio("limit", 1.3, 1.3).is_met
    assert not Ratio("limit", 1.31, 1.3).is_met
    assert Ratio("least", 500, 500, is_limit=False).is_met
    assert not Ratio("least", 499, 500, is_limit=False).is_met


def test_the_exponent_is_that_of_the_cost_beyond_the_fixed_one():
    figures = GrowthFigures(
        _sized(1_000, 5.0), [_sized(100, 5 + 1.0), _sized(10_000, 5 + 1000.0)]
    )
    assert figures.exponent == pytest.approx(1.5)
    (ratio,) = ratios(Figures(growth=figures))
    assert not ratio.is_met


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 9))))
def test_seconds_by_the_clock_count_once_what_is_done_at_once(spans):
    day = datetime(2026, 11, 29)
    results = [
        NodeResult(
            "node", "model.node", (), "model", "success", None, None,
            day + timedelta(seconds=start), day + timedelta(seconds=start + seconds),
        )
        for start, seconds in spans
    ]  # fmt: skip
    covered = {start + passed for start, length in spans for passed in range(length)}
    assert clock_seconds(results) == len(covered)


def _sized(activities: int, seconds: float) -> SizedRun:
    return SizedRun(activities, ModelsRun("run", seconds + 9, seconds, 0, {}), 100)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--chart", "chart.pdf"], "the chart is a PNG"),
        (["--chart", "nowhere/chart.png"], "there is no folder"),
        (["--chart", "c.png", "--only", "incremental"], "association and growth"),
        (["--sizes", "100000"], "two or more different sizes"),
        (["--sizes", "many,more"], "is no list such as"),
        (["--only", "everything"], "'everything' is not one of"),
        (["--activities", "5000", "incremental"], "come behind its name"),
    ],
)
def test_wrong_usage_is_refused_before_anything_is_measured(arguments, message):
    result = call(*arguments)
    assert result.exit_code == 2
    assert message in result.output


def test_a_missing_package_is_named_with_the_way_to_install_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "duckdb", None)
    result = call("--only", "association")
    assert result.exit_code == 1
    assert "needs duckdb" in result.output
    assert "make setup" in result.output


def test_a_missing_chart_package_is_named(monkeypatch, tmp_path: Path):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    result = call("--chart", str(tmp_path / "chart.png"))
    assert result.exit_code == 1
    assert "needs matplotlib" in result.output
