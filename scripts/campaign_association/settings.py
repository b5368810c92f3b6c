"""The dbt project's variables, as Python reads them: defaults overlaid by --vars."""

from collections.abc import Mapping
from datetime import date, datetime
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml

from campaign_association.errors import WrongUsage

PROJECT_DIR = Path(__file__).resolve().parents[2]
OPS_SCHEMA = "association_ops"


def read_vars(text: str | None) -> dict[str, Any]:
    """Parse a ``--vars`` text and check names, and values needed before dbt runs.

    Returns the overrides alone, ready to be handed to dbt. Raises
    :class:`WrongUsage`.
    """
    try:
        overrides = yaml.safe_load(text) if text else {}
    except (yaml.YAMLError, ValueError) as error:
        raise WrongUsage(
            f"--vars cannot be read: {error}. Write it as YAML, such as "
            "'{as_of_date: 2026-06-30}'."
        ) from error
    if not isinstance(overrides, Mapping):
        raise WrongUsage(
            "--vars must be a mapping, such as '{as_of_date: 2026-06-30}'."
        )
    known = project_vars()
    for name in overrides:
        if name not in known:
            raise WrongUsage(
                f"--vars: there is no variable {name!r}. "
                f"Known ones: {', '.join(sorted(known))}."
            )
    check_values(overrides, "--vars")
    # dbt parses --vars as YAML again: a date must stay a plain string there
    return {
        name: value.isoformat() if isinstance(value, date) else value
        for name, value in overrides.items()
    }


def check_values(overrides: Mapping[str, Any], source: str) -> None:
    """Raise :class:`WrongUsage`, naming ``source``, for values Python cannot take.

    Ranges and the order of thresholds are checked by the macro ``check_vars``, so
    that a bare dbt command checks them too.
    """
    effective = {**project_vars(), **overrides}
    try:
        _check_date(effective["as_of_date"])
        _check_zone(effective["reporting_time_zone"])
        _check_schema(effective["platform_schema"])
        _check_boolean("use_enrollments", effective)
        _check_number("max_overwrite_ratio", effective)
        _check_number("min_overwrite_values", effective)
    except WrongUsage as error:
        raise WrongUsage(f"{source}: {error.message}") from error


@cache
def project_vars() -> Mapping[str, Any]:
    """Return the defaults of ``dbt_project.yml``, the one place they are set."""
    project = yaml.safe_load((PROJECT_DIR / "dbt_project.yml").read_text())
    return MappingProxyType(project["vars"])


def as_of_date(variables: Mapping[str, Any]) -> date:
    """Return the run's "today": the variable, or today in the reporting zone."""
    value = variables["as_of_date"]
    if value is None:
        return datetime.now(ZoneInfo(variables["reporting_time_zone"])).date()
    return value if isinstance(value, date) else date.fromisoformat(value)


def _check_date(value: Any) -> None:
    if isinstance(value, datetime):
        raise WrongUsage("as_of_date must be a date, without a time.")
    if value is None or isinstance(value, date):
        return
    try:
        date.fromisoformat(value)
    except (TypeError, ValueError) as error:
        raise WrongUsage(
            f"as_of_date {value!r} is not a date. Write it as 2026-06-30."
        ) from error


def _check_zone(value: Any) -> None:
    try:
        ZoneInfo(value)
    except (TypeError, ValueError, ZoneInfoNotFoundError) as error:
        raise WrongUsage(
            f"reporting_time_zone {value!r} is not a time zone. "
            "Use a name such as UTC or Europe/Berlin."
        ) from error


def _check_schema(value: Any) -> None:
    if not isinstance(value, str) or not value:
        raise WrongUsage(
            f"platform_schema {value!r} is not the name of a schema. "
            "Write it as platform or public."
        )


def _check_boolean(name: str, values: Mapping[str, Any]) -> None:
    if not isinstance(values[name], bool):
        raise WrongUsage(f"{name} must be true or false, not {values[name]!r}.")


def _check_number(name: str, values: Mapping[str, Any]) -> None:
    value = values[name]
    if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
        raise WrongUsage(f"{name} {value!r} is not a number from 0 up.")
