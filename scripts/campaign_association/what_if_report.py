"""What a what-if prints: for people, or one JSON object."""

import json
import shlex
from collections import Counter
from dataclasses import asdict

import click
from rich.console import Console
from rich.text import Text

from campaign_association.output import count, make_console, make_table
from campaign_association.rules_file import ProposedRules
from campaign_association.what_if import WhatIf, is_change

BANDS = ("high", "medium", "low", "none")


def show_what_if(
    figures: WhatIf, proposal: ProposedRules, *, show: int, as_json: bool
) -> None:
    """Print what proposed rules would change; at most ``show`` campaigns."""
    if as_json:
        click.echo(json.dumps(asdict(figures), default=str))
        return
    console = make_console()
    console.print()
    _show_rules(console, figures, proposal)
    console.print(
        f"{figures.changed:,} of {figures.activities:,} activities would change, "
        f"compared with the last run (as of {figures.as_of_date}).\n"
    )
    _show_bands(console, figures)
    if figures.changed:
        _show_decisions(console, figures)
        _show_campaigns(console, figures, show)
        _show_examples(console, figures, proposal)
    _warn(console, figures)
    console.print(
        "Nothing was adopted. To adopt it, set points in seeds/scoring_rules.csv and "
        "variables\nin dbt_project.yml, then run: campaign-association run"
    )


def _show_rules(console: Console, figures: WhatIf, proposal: ProposedRules) -> None:
    if not figures.rules:
        console.print(Text(f"{proposal.file} proposes the rules that hold already."))
    for name, rule in figures.rules.items():
        console.print(Text(f"{name}: {_yaml(rule['now'])} -> {_yaml(rule['then'])}"))


def _show_bands(console: Console, figures: WhatIf) -> None:
    counts: Counter[tuple[str, str]] = Counter()
    for row in figures.changes:
        counts[row["band_now"] or "-", row["band_then"] or "-"] += row["activities"]
    # an activity may be in one of the two only: "-"
    bands = [band for band in (*BANDS, "-") if any(band in pair for pair in counts)]
    table = make_table("Bands", "now, and then:", *bands)
    for now in bands:
        table.add_row(now, *(count(counts[now, then]) for then in bands))
    console.print(table)


def _show_decisions(console: Console, figures: WhatIf) -> None:
    counts: Counter[tuple[str, str]] = Counter()
    for row in filter(is_change, figures.changes):
        now, then = row["decision_now"] or "-", row["decision_then"] or "-"
        if now != then:
            counts[now, then] += row["activities"]
        elif row["is_other_campaign"]:
            counts[now, f"{then}, other campaign"] += row["activities"]
        elif row["is_other_instance"]:
            counts[now, f"{then}, other instance"] += row["activities"]
        else:
            counts[now, f"{then}, other band"] += row["activities"]
    table = make_table("Decisions that would change", "now", "activities")
    table.add_column("then")
    for (now, then), number in counts.most_common():
        table.add_row(now, count(number), then)
    console.print(table)


def _show_campaigns(console: Console, figures: WhatIf, show: int) -> None:
    shown = figures.campaigns[:show]
    table = make_table(
        f"Campaigns: the largest {len(shown)} of {len(figures.campaigns)} changes",
        "campaign",
        "confirmed",
        "then",
        "with pending",
        "then",
    )
    for row in shown:
        table.add_row(
            str(row["campaign_id"]),
            count(row["confirmed_now"]),
            count(row["confirmed_then"]),
            count(row["with_pending_now"]),
            count(row["with_pending_then"]),
        )
    console.print(table)


def _show_examples(console: Console, figures: WhatIf, proposal: ProposedRules) -> None:
    if not figures.examples:
        return
    row, file = figures.examples[0], shlex.quote(proposal.file)
    one = f"{row['activity_type']} {row['activity_id']} --rules {file}"
    console.print(
        Text(f"See one in full: campaign-association explain {one}"), soft_wrap=True
    )


def _warn(console: Console, figures: WhatIf) -> None:
    alone = figures.company_and_date_alone
    if alone["is_warned"]:
        console.print(
            f"[yellow]A company and a date alone would associate:[/] they reach "
            f"{alone['points']} points, and auto_threshold is {alone['threshold']}."
        )


def _yaml(value: object) -> str:
    """Return a value as the file and dbt_project.yml write it."""
    return json.dumps(value) if value is None or isinstance(value, bool) else str(value)
