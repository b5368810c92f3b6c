"""How a score adds up, drawn: one bar a signal, each from where the last one ended."""

from typing import Any

from rich.console import Console
from rich.text import Text

WIDTH = 40
FULL_SCORE = 100
COLOURS = {"high": "green", "medium": "yellow", "low": "red"}


def waterfall(candidate: dict[str, Any], console: Console) -> list[Text]:
    """Return the lines of one candidate, 80 columns wide at most."""
    block = "█" if console.encoding.lower().startswith("utf") else "#"
    steps = [
        ("same company", candidate["points_company"]),
        ("date in the window", candidate["points_date"]),
        (_group(candidate), candidate["points_group"]),
        (f"status {candidate['campaign_status']}", candidate["points_status"]),
        (_cohort(candidate), candidate["points_instance"]),
    ]
    total = sum(points for _, points in steps)
    scale = WIDTH / max(FULL_SCORE, total)
    lines, reached = [], 0
    for label, points in steps:
        start, end = round(reached * scale), round((reached + points) * scale)
        reached += points
        line = Text(f"     {label:<22}{points:>+5}  " + " " * start)
        lines.append(line.append(block * (end - start), style="cyan"))
    score = candidate["confidence"]
    line = Text(f"     {'score':<22}{score:>5}  ", style="bold")
    line.append(block * round(score * scale), style=COLOURS[candidate["band"]])
    capped = f", {total} capped" if total > score else ""
    return [*lines, line.append(f" {candidate['band']}{capped}")]


def _group(candidate: dict[str, Any]) -> str:
    shared = candidate["shared_tags"]
    return {
        "enrolled": "placed in the cohort",
        "group_exact": f"the same {shared} tags",
        "group_partial": f"shares {shared} of {candidate['group_tag_count']} tags",
        "group_open": "open group",
        None: "no tag shared",
    }[candidate["group_signal"]]


def _cohort(candidate: dict[str, Any]) -> str:
    if candidate["program_instance_id"] is None:
        return "no cohort on the date"
    return (
        "one of several cohorts"
        if candidate["cohort_ambiguous"]
        else "a cohort on the date"
    )
