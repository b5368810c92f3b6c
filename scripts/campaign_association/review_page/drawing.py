"""What the pages draw themselves: plain HTML, all values escaped."""

from html import escape
from typing import Any

from campaign_association.review_page.filters import in_words
from campaign_association.review_page.item import Item
from campaign_association.review_page.source import Row

FIGURES = ("activities", "hours", "volunteers", "beneficiaries")
WHY = {
    "medium_confidence": "The score is not enough to be sure",
    "no_program_instance": "No cohort of the best campaign covers the date",
    "tied_candidates": "Two campaigns are tied",
    "placed_elsewhere": "The person is placed in another cohort around that date",
    "stale_decision": "The instance decided on no longer exists",
}


def notices(texts: list[str]) -> str:
    """Return what a person has to be told, once."""
    lines = "".join(f"<p>{escape(text)}</p>" for text in texts)
    # always there: readers of screens announce what changes in it
    return f'<div class="notices" role="status">{lines}</div>'


def left(items: int, activities: int) -> str:
    """Return how much there is still to do."""
    return (
        f'<p class="left"><b data-left>{items:,}</b> questions about '
        f"<b>{activities:,}</b> activities left</p>"
    )


def instance(row: Row) -> str:
    """Return a program instance in one line, to look for."""
    span = f"{date_of(row['start_date'])} to {date_of(row['end_date'])}"
    words = [row["campaign_name"], span, row["program_type"]]
    return " · ".join([*filter(None, words), str(row["program_instance_id"])])


def question(
    item: Item, *, whole: Item, shown: int, split: bool, turn: int, blind: bool
) -> str:
    """Return what is asked about an item, perhaps a part of the ``whole`` one.

    ``shown`` counts what was shown: a program sees by it that the next one is there.
    """
    row, number = item.rows[0], len(item.rows)
    kinds = sorted({row["activity_type"] for row in item.rows})
    what = kinds[0] if len(kinds) == 1 else "activity"
    count = f"1 {what}" if number == 1 else f"{number} {_plural(what)} of one person"
    part = f" <small>({turn + 1} of {len(whole.rows)})</small>" if split else ""
    why = WHY.get(row["review_reason"], in_words(row["review_reason"] or "")) + "."
    if blind:
        why = "Which of these campaigns, if any?"
    return (
        f'<section class="ask" aria-label="Question" data-item="{row["activity_id"]}" '
        f'data-shown="{shown}">'
        f"<h2>{escape(count)}, {_span(item)}{part}</h2>"
        f"<p>{text_of(row['company_name'])} · {escape(why)}</p></section>"
    )


def facts(item: Item) -> str:
    """Return the activities as a table."""
    rows = "".join(
        f"<tr><td>{escape(row['activity_type'])}</td><td>{date_of(row['activity_date'])}"
        f"</td><td>{_hours(row)}</td><td><code>{row['activity_id']}</code></td>"
        f"<td>{id_of(row['volunteer_id'])}</td></tr>"
        for row in item.rows
    )
    person = id_of(item.rows[0]["beneficiary_id"])
    return f"<h3>Activities</h3><p>Beneficiary {person}</p>" + _scroll(
        "<thead><tr><th>Type</th><th>Date</th><th>Hours</th><th>Id</th>"
        f"<th>Volunteer</th></tr></thead><tbody>{rows}</tbody>",
        "Activities",
    )


def ways_out(item: Item) -> str:
    """Return what it would take to be automatic, and how people decided before."""
    row = item.rows[0]
    steps = "".join(f"<li>{escape(step)}</li>" for step in row["steps_to_auto"] or ())
    similar = ", ".join(
        f"{number:,} {escape(decision)}"
        for decision, number in sorted(
            row["similar"].items(), key=lambda found: -found[1]
        )
    )
    return (
        f"<h3>To be associated without a person</h3><ul>{steps or '<li>nothing</li>'}"
        "</ul><h3>Similar decisions</h3><p>Of this company, type and doubt: "
        f"{similar or 'none so far'}.</p>"
    )


def _span(item: Item) -> str:
    dates = sorted(row["activity_date"] for row in item.rows if row["activity_date"])
    if not dates:
        return "without a date"
    if dates[0] == dates[-1]:
        return f"on {dates[0]}"
    return f"{dates[0]} to {dates[-1]}"


def _plural(word: str) -> str:
    return {"match": "matches", "activity": "activities"}.get(word, f"{word}s")


def date_of(value: Any) -> str:
    """Return a day; an open end says so."""
    # an open end is so far away that no calendar has it
    text = str(value or "")
    return "open" if not text or text >= "9000" else escape(text)


def _hours(row: Row) -> str:
    return f"{row['hours']:.2f}" if row["hours"] else "none"


def id_of(value: Any) -> str:
    """Return an id as code."""
    return f"<code>{escape(str(value))}</code>" if value else "none"


def text_of(value: Any) -> str:
    """Return a name of a thing, escaped."""
    return escape(str(value)) if value else "unknown"


def who(handle: str) -> str:
    """Return who decides here, and the way out."""
    return (
        f'<p class="who">Decisions are {escape(handle)}\'s. '
        '<a href="/logout" target="_self">Log out</a></p>'
    )


def share(value: Any) -> str:
    """Return a share of one as a percentage."""
    return "none yet" if value is None else f"{value:.1%}"


def figures(values: dict[str, str]) -> str:
    """Return a few figures with their names, side by side."""
    cells = "".join(
        f"<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd></div>"
        for name, value in values.items()
    )
    return f'<dl class="figures">{cells}</dl>'


def table(rows: list[Row], label: str) -> str:
    """Return rows as a table that scrolls sideways; codes and ids, no free text."""
    heads = "".join(f"<th>{escape(in_words(name))}</th>" for name in rows[0])
    lines = "".join(
        "<tr>" + "".join(f"<td>{_cell(value)}</td>" for value in row.values()) + "</tr>"
        for row in rows
    )
    return _scroll(f"<thead><tr>{heads}</tr></thead><tbody>{lines}</tbody>", label)


def batch(row: Row) -> str:
    """Return a bulk decision in one line."""
    why = f", {in_words(row['reason'])}" if row["reason"] else ""
    return (
        f"<p>{escape(row['decided_at'])} UTC: {row['decided']:,} {row['decision']} by "
        f"{escape(row['reviewer'])}{escape(why)} <code>{row['batch_id']}</code></p>"
    )


def effects(effect: dict[tuple[Any, str], dict[str, Row]]) -> str:
    """Return figures of campaigns before and after, a row each."""
    heads = "<th>Campaign</th>" + "".join(
        f"<th>{name.capitalize()}, confirmed</th><th>with pending</th>"
        for name in FIGURES
    )
    lines = []
    for (_, name), sides in effect.items():
        cells = "".join(
            f"<td>{_change(sides, f'{figure}_{scope}')}</td>"
            for figure in FIGURES
            for scope in ("confirmed", "with_pending")
        )
        lines.append(f'<tr><th scope="row">{text_of(name)}</th>{cells}</tr>')
    return _scroll(
        f"<thead><tr>{heads}</tr></thead><tbody>{''.join(lines)}</tbody>",
        "Figures before and after",
    )


def _change(sides: dict[str, Row], figure: str) -> str:
    before, after = (
        f"{sides[side][figure] if side in sides else 0:,.2f}".removesuffix(".00")
        for side in ("before", "after")
    )
    return before if before == after else f"{before} → <b>{after}</b>"


def _scroll(content: str, label: str) -> str:
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{escape(label)}">'
        f"<table>{content}</table></div>"
    )


def _cell(value: Any) -> str:
    return "" if value is None else escape(str(value))
