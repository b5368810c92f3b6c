"""Rules that somebody proposes in a file: other points, other variables."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from campaign_association.errors import WrongUsage
from campaign_association.settings import PROJECT_DIR, check_values

SEED = PROJECT_DIR / "seeds" / "scoring_rules.csv"
# the variables that the macro rule_vars_text takes into the version of the rules
RULE_VARIABLES = (
    "auto_threshold", "decisions_teach", "placement_grace_days",
    "reporting_time_zone", "require_program_type", "review_threshold",
    "tie_similarity", "use_enrollments",
)  # fmt: skip


@dataclass(frozen=True)
class ProposedRules:
    """The points by signal and the variables by name that ``file`` sets."""

    file: str
    points: Mapping[str, Any]
    variables: Mapping[str, Any]

    @property
    def dbt_variables(self) -> dict[str, Any]:
        """What makes dbt work by these rules; the macro ``check_vars`` checks it."""
        return {**self.variables, "proposed_points": dict(self.points)}

    def changes(self, variables: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
        """Return what differs from the seed and from ``variables``: now and then."""
        now = {**_seed_points(), **variables}
        then = {**self.points, **self.variables}
        return {
            name: (now.get(name), value)
            for name, value in then.items()
            if now.get(name) != value
        }


def read_rules_file(path: Path) -> ProposedRules:
    """Read a YAML file, or an edited copy of the seed where it ends in ``.csv``.

    Raises :class:`WrongUsage`, naming file and key, for what is no such file. Values
    are checked by dbt, with the same words for everybody.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise WrongUsage(f"{path} cannot be read: {error}.") from error
    if path.suffix.lower() == ".csv":
        return ProposedRules(str(path), _points_of_csv(path, text), {})
    return _read_yaml(path, text)


def _read_yaml(path: Path, text: str) -> ProposedRules:
    try:
        content = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError) as error:
        raise WrongUsage(f"{path} is no YAML: {error}.") from error
    if not isinstance(content, Mapping) or not content:
        raise WrongUsage(
            f"{path} must be a mapping, such as 'points: {{group_partial: 25}}' or "
            "'auto_threshold: 75'."
        )
    for name in content:
        if name != "points" and name not in RULE_VARIABLES:
            raise WrongUsage(
                f"{path}: {name!r} changes no association. Known keys: points, "
                f"{', '.join(RULE_VARIABLES)}."
            )
    points = content.get("points", {})
    if not isinstance(points, Mapping):
        raise WrongUsage(
            f"{path}: points must be a mapping of signals, such as "
            "'points: {group_partial: 25}'."
        )
    variables = {name: content[name] for name in content if name != "points"}
    check_values(variables, str(path))
    return ProposedRules(str(path), dict(points), variables)


def _points_of_csv(path: Path, text: str) -> dict[str, int]:
    rows = csv.DictReader(text.splitlines())
    if not {"signal", "points"} <= set(rows.fieldnames or ()):
        raise WrongUsage(
            f"{path}: the first line must name the columns signal and points, as "
            "seeds/scoring_rules.csv does."
        )
    points: dict[str, int] = {}
    for row in rows:
        signal, value = (row["signal"] or "").strip(), (row["points"] or "").strip()
        if signal in points:
            raise WrongUsage(
                f"{path}: signal {signal} is there twice (line {rows.line_num}). "
                "Keep one row."
            )
        try:
            points[signal] = int(value)
        except ValueError as error:
            raise WrongUsage(
                f"{path}: the points of {signal or '(no signal)'} (line "
                f"{rows.line_num}) must be a whole number from 0 up, not {value!r}."
            ) from error
    missing = _seed_points().keys() - points.keys()
    if missing:
        raise WrongUsage(
            f"{path}: signal {min(missing)} is missing. Add it, with 0 points to "
            "switch it off."
        )
    return points


def _seed_points() -> dict[str, int]:
    with SEED.open(newline="", encoding="utf-8-sig") as file:
        return {row["signal"]: int(row["points"]) for row in csv.DictReader(file)}
