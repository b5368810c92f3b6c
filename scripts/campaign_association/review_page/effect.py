"""What suggested rules would change: `explain --rules`, run beside the page.

dbt works in the folder and the environment of its process, which a page shares with all
its readers; so it has a process of its own.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml

from campaign_association.errors import CommandFailed
from campaign_association.review_page.source import Row
from campaign_association.target import Target

THRESHOLDS = ("auto_threshold", "review_threshold")
# a build of a large platform takes minutes; nobody waits longer for a page
PATIENCE_SECONDS = 1_800

Rules = dict[str, Any]


def rules_of(suggestions: Iterable[Row]) -> Rules:
    """Return suggestions as a rules file has them."""
    rules: Rules = {}
    for row in suggestions:
        value = int(row["value_then"])
        if row["setting"] in THRESHOLDS:
            rules[row["setting"]] = value
        else:
            rules.setdefault("points", {})[row["setting"]] = value
    return rules


def lines_to_change(suggestions: Iterable[Row]) -> str:
    """Return what a person would edit to adopt suggestions: file, line, old value."""
    by_file: dict[str, list[str]] = {
        "dbt_project.yml": [],
        "seeds/scoring_rules.csv": [],
    }
    for row in suggestions:
        name, then, now = (
            row["setting"],
            int(row["value_then"]),
            _plain(row["value_now"]),
        )
        if name in THRESHOLDS:
            by_file["dbt_project.yml"].append(f"  {name}: {then}    # was {now}")
        else:
            by_file["seeds/scoring_rules.csv"].append(f"{name},{then},…    # was {now}")
    return "\n\n".join(
        "\n".join([f"# {file}", *lines]) for file, lines in by_file.items() if lines
    )


def effect_of(target: Target, rules: Rules) -> Mapping[str, Any]:
    """Return what ``explain --rules --json`` says of rules.

    Raises :class:`CommandFailed` with the command's own words, such as that the login
    may not build or that another what-if is at work.
    """
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "suggested.yml"
        file.write_text(yaml.safe_dump(rules))
        command = [sys.executable, "-m", "campaign_association", "explain"]
        command += ["--rules", str(file), "--json", *target.dbt_options]
        command += ["--vars", yaml.safe_dump(dict(target.overrides))]
        try:
            result = subprocess.run(
                command,
                env={**os.environ, **target.environment},
                capture_output=True,
                text=True,
                timeout=PATIENCE_SECONDS,
            )
        except subprocess.TimeoutExpired as error:
            raise CommandFailed(
                "It took too long. Ask on a terminal: campaign-association explain "
                "--rules FILE"
            ) from error
    if result.returncode:
        raise CommandFailed(result.stderr.strip() or "explain --rules failed.")
    return json.loads(result.stdout)


def _plain(value: Decimal | int | float) -> str:
    return f"{value:g}"
