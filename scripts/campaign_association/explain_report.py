"""What ``explain`` prints of one activity: for people, or one JSON object.

Ids, counts and dates only: the name of a campaign often names its group of people, and
beside a person's id that can be special-category data.
"""

import json
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

import click
from rich.console import Console

from campaign_association.explain_candidates import (
    show_misses,
    show_placements,
    show_verdict,
)
from campaign_association.explanation import Explanation, Verdict
from campaign_association.output import heading, line, make_console, or_none, say
from campaign_association.rules_file import ProposedRules
from campaign_association.target import Target
from campaign_association.write_back_report import IN_WORDS

Row = dict[str, Any]
# column of campaign_associations that a change is told of, in this order; the others
# follow from these
TOLD = (
    "decision", "review_reason", "unmatched_reason", "band", "confidence",
    "campaign_id", "program_instance_id", "rules_version",
)  # fmt: skip


def show_explanation(
    explanation: Explanation,
    target: Target,
    proposal: ProposedRules | None,
    *,
    show: int,
    as_json: bool,
) -> None:
    """Print an explanation; at most ``show`` rows of what may be many."""
    if as_json:
        click.echo(json.dumps(asdict(explanation), default=_plain))
        return
    console = make_console()
    _show_activity(console, explanation)
    _show_association(console, explanation)
    show_verdict(console, "The rules", explanation.rules, target, show)
    show_misses(console, explanation.misses, show)
    show_placements(console, explanation.placements, show)
    _show_people(console, explanation)
    _show_writes(console, explanation)
    if explanation.proposed and proposal:
        title = f"By the rules proposed in {proposal.file}"
        proposed = target.with_variables(proposal.variables)
        show_verdict(console, title, explanation.proposed, proposed, show)
        _show_changes(console, explanation.rules, explanation.proposed)


def _show_activity(console: Console, explanation: Explanation) -> None:
    activity = explanation.activity
    console.print()
    heading(console, f"{activity['activity_type'].title()} {activity['activity_id']}")
    day = activity["activity_date"] or "no date"
    known = "" if activity["is_beneficiary_known"] else " (not among the users)"
    company = activity["company_basis"] or "nobody: neither has a company"
    kind = f"{activity['program_type']}, {float(activity['hours']):g} h"
    line(console, "date", f"{day}, {kind}")
    line(console, "beneficiary", f"{activity['beneficiary_id']}{known}")
    line(console, "volunteer", activity["volunteer_id"] or "none")
    line(console, "company of", company)
    tags = activity["evidence_tag_count"]
    line(console, "evidence", f"{tags} tag{'' if tags == 1 else 's'}")


def _show_association(console: Console, explanation: Explanation) -> None:
    recorded = explanation.recorded
    heading(console, "Recorded association")
    if recorded is None:
        say(console, "None yet: the next run will record what the rules say.")
        return
    reason = recorded["review_reason"] or recorded["unmatched_reason"]
    line(console, "decision", recorded["decision"] + (f": {reason}" if reason else ""))
    line(console, "campaign", recorded["campaign_id"] or "none")
    line(console, "instance", recorded["program_instance_id"] or "none")
    score = f"{recorded['confidence']} of 100, band {recorded['band']}"
    line(console, "confidence", score)
    since = recorded["associated_at"][:16].replace("T", " ")
    line(console, "since", f"{since}, rules {recorded['rules_version'][:8]}")
    if explanation.locked:
        line(console, "locked", f"since {_moment(explanation.locked['locked_at'])}")
    if not explanation.rules.changes:
        return
    say(console, "The next run will change it, as of", explanation.as_of_date + ":")
    for name, change in _told(explanation.rules.changes):
        say(console, f"  {name}: {or_none(change['recorded'])} ->",
             or_none(change["rules"]))  # fmt: skip


def _show_changes(console: Console, now: Verdict, then: Verdict) -> None:
    changes = {
        name: {"recorded": value, "rules": then.association[name]}
        for name, value in now.association.items()
        if name != "associated_at" and value != then.association[name]
    }
    told = [item for item in _told(changes) if item[0] != "rules_version"]
    if not told:
        say(console, "The proposed rules come to the same association.")
    for name, change in told:
        say(console, f"{name}: {or_none(change['recorded'])} ->",
             or_none(change["rules"]))  # fmt: skip


def _show_people(console: Console, explanation: Explanation) -> None:
    heading(console, "Decisions of people")
    for row in explanation.decisions:
        chosen = f" {row['program_instance_id']}" if row["program_instance_id"] else ""
        reason = f" ({row['reason']})" if row["reason"] else ""
        say(
            console,
            f"{_moment(row['decided_at'])}  {row['decision']}{chosen}",
            f"by {row['reviewer']}{reason}",
        )
    if not explanation.decisions:
        say(console, "none: the rules decide")


def _show_writes(console: Console, explanation: Explanation) -> None:
    heading(console, "Writes to the platform")
    for row in explanation.writes:
        undone = row["undone_by_run_id"]
        of = f" of run {row['undone_run_id']}" if row["undone_run_id"] else ""
        say(
            console,
            f"{_moment(row['written_at'])}  {row['kind']} {row['run_id']}{of}:",
            f"{or_none(row['old_value'])} -> {or_none(row['new_value'])}"
            + (f" (undone by run {undone})" if undone else ""),
        )
    if not explanation.writes:
        say(console, "none")
    platform = explanation.platform
    say(console, "The platform holds", or_none(platform["program_instance_id"]) + ".")
    if pending := platform["pending"]:
        reason = pending["reason"]
        say(
            console,
            f"Pending: {pending['action']} {or_none(pending['program_instance_id'])}"
            + (f" ({IN_WORDS.get(reason, reason)})" if reason else ""),
        )


def _told(changes: dict[str, Row]) -> Iterable[tuple[str, Row]]:
    told = [(name, changes[name]) for name in TOLD if name in changes]
    return told or changes.items()


def _moment(value: Any) -> str:
    return f"{value:%Y-%m-%d %H:%M}"


def _plain(value: Any) -> Any:
    """Return what JSON has no word for: numbers stay numbers."""
    return float(value) if hasattr(value, "is_nan") else str(value)
