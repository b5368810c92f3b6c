"""Files with proposed rules: what is read from them, and what is told of wrong ones."""

import re
from pathlib import Path

import pytest

from campaign_association.errors import WrongUsage
from campaign_association.rules_file import RULE_VARIABLES, SEED, read_rules_file
from campaign_association.settings import PROJECT_DIR, project_vars


def write(folder: Path, text: str, name: str = "rules.yml") -> Path:
    """Write a file of rules and return its path."""
    path = folder / name
    path.write_text(text)
    return path


def test_points_and_variables(tmp_path: Path) -> None:
    path = write(tmp_path, "points: {group_partial: 25}\ntie_similarity: null\n")
    rules = read_rules_file(path)
    assert rules.dbt_variables == {
        "proposed_points": {"group_partial": 25},
        "tie_similarity": None,
    }
    assert rules.changes(project_vars()) == {
        "group_partial": (20, 25),
        "tie_similarity": (0.1, None),
    }


def test_an_unchanged_copy_of_the_seed_changes_nothing(tmp_path: Path) -> None:
    rules = read_rules_file(write(tmp_path, SEED.read_text(), "copy.csv"))
    assert len(rules.points) == 9
    assert rules.changes(project_vars()) == {}


def test_an_edited_copy_of_the_seed(tmp_path: Path) -> None:
    text = SEED.read_text().replace("enrolled,40", "enrolled,35")
    rules = read_rules_file(write(tmp_path, text, "copy.CSV"))
    assert rules.changes({}) == {"enrolled": (40, 35)}


def test_the_variables_are_those_of_the_rules_version() -> None:
    macro = (PROJECT_DIR / "macros" / "runs" / "rules_version.sql").read_text()
    (names,) = re.findall(r"set names = \[(.*?)\]", macro, re.DOTALL)
    assert set(re.findall(r"'(\w+)'", names)) == set(RULE_VARIABLES)


@pytest.mark.parametrize(
    ("text", "name", "parts"),
    [
        ("", "rules.yml", ["must be a mapping", "auto_threshold"]),
        ("- 1", "rules.yml", ["must be a mapping"]),
        ("points: [", "rules.yml", ["no YAML"]),
        ("points: 5", "rules.yml", ["points must be a mapping"]),
        ("auto_treshold: 5", "rules.yml", ["'auto_treshold'", "auto_threshold"]),
        ("as_of_date: 2026-06-30", "rules.yml", ["'as_of_date'", "no association"]),
        ("use_enrollments: 1", "rules.yml", ["use_enrollments", "true or false"]),
        ("reporting_time_zone: Mars", "rules.yml", ["'Mars'", "Europe/Berlin"]),
        ("a,b\n1,2\n", "copy.csv", ["signal and points"]),
        ("signal,points\nenrolled,x\n", "copy.csv", ["enrolled", "line 2", "'x'"]),
        ("signal,points\nenrolled,1.5\n", "copy.csv", ["enrolled", "'1.5'"]),
        ("signal,points\nenrolled,1\nenrolled,1\n", "copy.csv", ["twice", "line 3"]),
        ("signal,points\nenrolled,1\n", "copy.csv", ["active_instance is missing"]),
    ],
)
def test_wrong_files(tmp_path: Path, text: str, name: str, parts: list[str]) -> None:
    path = write(tmp_path, text, name)
    with pytest.raises(WrongUsage) as caught:
        read_rules_file(path)
    for part in (str(path), *parts):
        assert part in caught.value.message


def test_a_file_that_is_no_text(tmp_path: Path) -> None:
    path = tmp_path / "rules.yml"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(WrongUsage, match="cannot be read"):
        read_rules_file(path)
