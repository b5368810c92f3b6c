"""The candidates of an item side by side: facts, points as a waterfall, why each lost.

Drawn here rather than with a chart library: it is there with the item, not a moment
later, it folds on a telephone, and a screen reader can read it.
"""

from html import escape

from campaign_association.review_page.drawing import date_of, id_of, text_of
from campaign_association.review_page.item import Item
from campaign_association.review_page.source import Row

SIGNALS = (
    ("points_company", "company"),
    ("points_date", "date"),
    ("points_group", "group"),
    ("points_status", "status"),
    ("points_instance", "cohort"),
)
GROUPS = {
    "enrolled": "placed in the cohort",
    "group_exact": "the same tags",
    "group_partial": "some tags shared",
    "group_open": "open group",
    None: "no tag shared",
}

NONE = "No campaign is eligible."
# an automatic association that somebody overruled never was in the queue
NOT_KEPT = (
    "Its candidates are not known any more. Look for its program instance with "
    "Reassign, or reject it."
)


def candidates(item: Item, order: list[Row], *, blind: bool, auto: int) -> str:
    """Return the candidates side by side, each with its points and why it lost."""
    if not order:
        return f"<p>{NOT_KEPT if item.rows[0]['is_decided'] else NONE}</p>"
    best = item.rows[0]["candidates"][0]
    cards = [
        _card(number, row, best, item, blind=blind, auto=auto)
        for number, row in enumerate(order, start=1)
    ]
    return f'<div class="cards">{"".join(cards)}</div>'


def _card(
    number: int, row: Row, best: Row, item: Item, *, blind: bool, auto: int
) -> str:
    cohort = (
        f"{date_of(row['cohort_start_date'])} to {date_of(row['cohort_end_date'])}"
        if row["program_instance_id"]
        else "none covers the date"
    )
    ambiguous = " (one of several)" if row["cohort_ambiguous"] else ""
    fits = len(item.fitting(row["program_instance_id"]).rows)
    if row["program_instance_id"] and fits < len(item.rows):
        ambiguous += f", for {fits} of the {len(item.rows)}"
    facts = (
        f"<dl><dt>Campaign</dt><dd>{text_of(row['campaign_status'])}, "
        f"{date_of(row['campaign_start_date'])} to "
        f"{date_of(row['campaign_end_date'])}</dd>"
        f"<dt>Cohort</dt><dd>{cohort}{ambiguous}</dd>"
        f"<dt>Group</dt><dd>{GROUPS[row['group_signal']]}</dd></dl>"
    )
    score = "" if blind else _waterfall(row, auto) + _lost(row, best)
    ids = f"{id_of(row['campaign_id'])}<br>{id_of(row['program_instance_id'])}"
    is_best = row is best and not blind
    return (
        f'<article class="card{" best" if is_best else ""}">'
        f"<h3><kbd>{number}</kbd> {text_of(row['campaign_name'])}</h3>"
        f'{facts}{score}<p class="ids">{ids}</p></article>'
    )


def _waterfall(row: Row, auto: int) -> str:
    """Return the points as bars, each from where the last one ended."""
    lines, reached = [], 0
    total = sum(row[name] for name, _ in SIGNALS)
    scale = 100 / max(100, total)
    for name, label in SIGNALS:
        points = row[name]
        lines.append(_bar(label, f"+{points}", reached * scale, points * scale, ""))
        reached += points
    score = row["confidence"]
    kind = " total auto" if score >= auto else " total"
    lines.append(_bar("score", str(score), 0, score * scale, kind))
    return f'<table class="waterfall">{"".join(lines)}</table>'


def _bar(label: str, points: str, start: float, width: float, kind: str) -> str:
    return (
        f'<tr class="step{kind}"><th scope="row">{label}</th><td>{points}</td>'
        f'<td class="track"><span style="margin-left:{start:.1f}%;width:{width:.1f}%">'
        "</span></td></tr>"
    )


def _lost(row: Row, best: Row) -> str:
    """Return why a candidate is not the best one."""
    if row is best:
        return '<p class="why">Best of the rules.</p>'
    behind = [
        f"{best[name] - row[name]} points less for {label}"
        for name, label in SIGNALS
        if row[name] < best[name]
    ]
    if best["is_placed"] and not row["is_placed"]:
        behind.append("the person is placed in the best one")
    if not behind:
        behind.append(f"the same score, but {_decided_by(row, best)}")
    return f'<p class="why">Behind: {escape("; ".join(behind))}.</p>'


def _decided_by(row: Row, best: Row) -> str:
    """Return what ranked two candidates of the same score: see ``best campaign``."""
    if float(row["tag_similarity"] or 0) < float(best["tag_similarity"] or 0):
        return "fewer tags in common"
    if best["campaign_status"] == "active" != row["campaign_status"]:
        return "the campaign is not active"
    if str(row["campaign_start_date"]) < str(best["campaign_start_date"]):
        return "the campaign began earlier"
    return "nothing tells them apart: the order of ids decides"
