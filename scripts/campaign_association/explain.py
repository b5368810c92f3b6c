"""The verb explain: why an activity is associated as it is, and what if."""

from pathlib import Path
from typing import Any
from uuid import UUID

import click

from campaign_association.errors import WrongUsage
from campaign_association.explain_report import show_explanation
from campaign_association.explanation import explain
from campaign_association.migration.tables import ACTIVITY_TABLES
from campaign_association.options import connection_options, json_option
from campaign_association.progress import waiting
from campaign_association.rules_file import read_rules_file
from campaign_association.target import Target
from campaign_association.what_if import what_if
from campaign_association.what_if_report import show_what_if


@click.command("explain")
@click.argument(
    "activity_type",
    metavar="[TYPE]",
    required=False,
    type=click.Choice([*ACTIVITY_TABLES]),
)
@click.argument("activity_id", metavar="[ID]", required=False, type=click.UUID)
@click.option(
    "--rules",
    "rules_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Proposed rules: YAML, or an edited copy of seeds/scoring_rules.csv.",
)
@click.option(
    "--show",
    type=click.IntRange(min=0),
    default=20,
    show_default=True,
    help="Rows of long lists to show.",
)
@connection_options
@json_option
def explain_command(
    target: Target,
    activity_type: str | None,
    activity_id: UUID | None,
    rules_file: Path | None,
    show: int,
    as_json: bool,
) -> None:
    """Say why an activity is associated as it is, or what other rules would change.

    TYPE is session, match or completion. With --rules alone, every association is
    computed by the proposed rules beside the recorded ones and compared; with both,
    the activity is explained by either rules. Nothing is adopted or written.

    A rules file looks like '{points: {group_partial: 25}, auto_threshold: 75}'.
    """
    proposal = read_rules_file(rules_file) if rules_file else None
    options: dict[str, Any] = {"show": show, "as_json": as_json}
    if activity_type and activity_id:
        with waiting("Asking the rules …", shown=not as_json):
            explanation = explain(target, activity_type, activity_id, proposal)
        show_explanation(explanation, target, proposal, **options)
    elif activity_type:
        raise WrongUsage(
            f"Which {activity_type}? Add its id: explain {activity_type} ID."
        )
    elif proposal:
        figures = what_if(target, proposal, **options)
        show_what_if(figures, proposal, **options)
    else:
        raise WrongUsage(
            "Name an activity (explain session ID), a file with proposed rules "
            "(explain --rules FILE), or both."
        )
