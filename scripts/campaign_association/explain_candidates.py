"""What ``explain`` prints of campaigns: candidates, near misses, placements."""

from typing import Any

from rich.console import Console

from campaign_association.explanation import Verdict
from campaign_association.output import heading, say
from campaign_association.target import Target
from campaign_association.waterfall import waterfall

Row = dict[str, Any]
# the codes of the analysis explain_misses, in words
MISSED_BY = {
    "draft": "is a draft",
    "inactive": "is not active",
    "no_date": "the activity has no date",
    "future_dated": "the activity is yet to come",
    "no_window": "has no window",
    "before_window": "starts {days} days later",
    "after_window": "ended {days} days before",
    "program_type": "takes {program_type} only",
}


def show_verdict(
    console: Console, title: str, verdict: Verdict, target: Target, show: int
) -> None:
    """Print the candidates as waterfalls, and what the best one lacks."""
    heading(console, f"{title}: {len(verdict.candidates)} candidates")
    say(
        console,
        f"auto from {target.variables['auto_threshold']} points, review from "
        f"{target.variables['review_threshold']}",
    )
    for row in verdict.candidates[:show]:
        console.print()
        say(console, f"{row['candidate_rank']}. campaign {row['campaign_id']}")
        cohort = row["program_instance_id"] or "none covers the date"
        say(
            console,
            f"   {row['campaign_status']}, {row['campaign_start_date']} to "
            f"{row['campaign_end_date']}, cohort {cohort}",
        )
        for line in waterfall(row, console):
            console.print(line, soft_wrap=True)
    _more(console, verdict.candidates, show)
    best = verdict.association
    if best["runner_up_campaign_id"]:
        how = " and tied with it" if best["is_tied"] else ""
        say(
            console,
            f"Runner-up: {best['runner_up_campaign_id']},",
            f"{best['margin']} points behind the best{how}.",
        )
    if verdict.steps_to_auto:
        say(console, "To be associated without a person it takes:")
    for step in verdict.steps_to_auto:
        say(console, f"- {step}")


def show_misses(console: Console, misses: list[Row], show: int) -> None:
    """Print the company's other campaigns, and by what each missed."""
    if not misses:
        return
    heading(console, f"Missed: {len(misses)} other campaigns of the company")
    for row in misses[:show]:
        words = [
            MISSED_BY[code].format(
                days=row["days_outside"], program_type=row["program_type"]
            )
            for code in row["missed_by"]
        ]
        say(console, f"{row['campaign_id']}")
        say(console, f"   {row['start_date']} to {row['end_date']}:", ", ".join(words))
    _more(console, misses, show)


def show_placements(console: Console, placements: list[Row], show: int) -> None:
    """Print the instances that the beneficiary is placed in."""
    if not placements:
        return
    heading(console, "The beneficiary is placed in")
    for row in placements[:show]:
        covers = ", covers the date" if row["covers_date"] else ""
        say(console, f"instance {row['program_instance_id']}")
        say(console, f"   of campaign {row['campaign_id']}")
        say(console, f"   {row['start_date']} to {row['end_date']}{covers}")
    _more(console, placements, show)


def _more(console: Console, rows: list[Row], show: int) -> None:
    if len(rows) > show:
        say(console, f"and {len(rows) - show:,} more: --show {len(rows)}")
