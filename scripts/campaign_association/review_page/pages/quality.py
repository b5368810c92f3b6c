"""Quality: how well association goes, what it could not do, and what to mend."""

from typing import Any

import streamlit as st

from campaign_association.review_page import charts
from campaign_association.review_page import quality_figures as figures
from campaign_association.review_page.quality_figures import MOST_ROWS
from campaign_association.review_page.source import Row, Source
from campaign_association.review_page.words import between, day, number, percent, words

TILES = {
    "auto_share": "Associated, over history",
    "recent_auto_share": "Associated, last {recent_days} days",
    "review_share": "Waiting for a person",
    "unmatched_share": "Unmatched",
}


def show(source: Source) -> None:
    """Show the page."""
    st.title("Quality")
    latest = figures.read_latest(source)
    if latest is None:
        st.info("No run has measured anything yet. Run: campaign-association run")
        return
    _tiles(source, latest)
    _trend(source)
    _reasons(source, "unmatched", "Why activities are unmatched")
    _reasons(source, "review", "Why activities wait for a person")
    _warnings(source)


def _tiles(source: Source, latest: Row) -> None:
    variables = source.target.variables
    st.caption(
        f"As of {day(latest['as_of_date'])}, of {number(latest['assessed'])} "
        "activities up to that day that have a company. Associated is what the rules "
        "or a person associated."
    )
    goals = figures.thresholds(variables)
    for cell, (figure, label) in zip(
        st.columns(len(TILES)), TILES.items(), strict=True
    ):
        goal, is_least = goals[figure]
        share = latest[figure]
        met = share is None or (share >= goal if is_least else share <= goal)
        cell.metric(label.format(**variables), percent(share, 1))
        # said in words and by a sign, not by colour alone
        cell.caption(
            f"{'✓' if met else '✗ missed:'} {'at least' if is_least else 'at most'} "
            f"{percent(goal)} asked for"
        )


@st.fragment
def _trend(source: Source) -> None:
    st.header("Over time")
    by_month, by_run = "by month of activity", "by run"
    way = st.segmented_control("Show", [by_month, by_run], default=by_month)
    if way == by_run:
        rows, unit = figures.read_runs(source), "run"
        note = "Each bar is what the last run of that day measured, over all history."
    else:
        rows, unit = figures.read_months(source), "month"
        note = "Each bar is a month's activities, as their associations stand now."
    if not rows:
        st.info("No dated activity of a company yet.")
        return
    text = f"Shares of activities by {unit}, the last one: " + ", ".join(
        f"{row['state']} {percent(row['share'], 1)}"
        for row in rows
        if row["starts_on"] == rows[-1]["starts_on"]
    )
    event = st.altair_chart(
        charts.show_as(charts.shares_over_time(rows, unit), text),
        on_select="rerun",
        key=f"trend_{unit}",
    )
    st.caption(note)
    if way != by_run:
        _month(source, rows, event["selection"].get(charts.SELECTION, []))
    with st.expander("As a table"):
        st.dataframe(
            [
                {
                    unit: row["starts_on"],
                    "state": row["state"],
                    "activities": row["activities"],
                    "share": percent(row["share"], 1),
                }
                for row in rows
            ],
            hide_index=True,
        )


def _month(source: Source, rows: list[Row], clicked: list[Any]) -> None:
    """Show the activities of the part of a bar clicked, or chosen in the list."""
    parts = {(str(row["starts_on"]), row["state"]): row for row in reversed(rows)}

    def said(part: tuple[str, str] | None) -> str:
        if part is None:
            return "click a bar or choose here"
        row = parts[part]
        return f"{row['starts_on']:%b %Y}, {row['state']}: {row['activities']:,}"

    chosen = st.selectbox("Rows: a month", [None, *parts], format_func=said)
    for value in clicked:
        chosen = chosen or (value["day"], value["state"])
    if chosen not in parts:
        return
    found = figures.read_month(source, parts[chosen]["starts_on"], chosen[1])
    newest = "; the newest ones" if len(found) == MOST_ROWS else ""
    _drill(f"{said(chosen)}{newest}", _activity_rows(found), key="rows_month")


def _activity_rows(found: list[Row]) -> list[dict[str, Any]]:
    return [
        {
            "Activity": row["activity_type"],
            "Activity id": str(row["activity_id"]),
            "Date": row["activity_date"],
            "Score": row["confidence"] if row["campaign_id"] else None,
            "Days outside a window": row["near_miss_days"],
            "Campaign": str(row["campaign_id"] or ""),
            "Company": str(row["company_id"] or ""),
        }
        for row in found
    ]


@st.fragment
def _reasons(source: Source, decision: str, title: str) -> None:
    st.header(title)
    rows = figures.read_reasons(source, decision)
    if not rows:
        st.success("None.")
        return
    picked = _pick(
        [
            {
                "code": row["reason"],
                "label": words(row["reason"]),
                "count": row["activities"],
            }
            for row in rows
        ],
        "activities unmatched" if decision == "unmatched" else "activities in review",
        key=decision,
    )
    near = sum(row["within_a_week"] for row in rows)
    if near:
        st.caption(f"{near:,} of them miss a campaign's window by a week or less.")
    if not picked:
        return
    if decision == "review":
        st.markdown(f"[Decide about them in the queue](/?reason={picked})")
    found = figures.read_activities(source, decision, picked)
    _drill(
        f"{words(picked)}: the newest {len(found):,}"
        if len(found) == MOST_ROWS
        else f"{words(picked)}: {len(found):,}",
        _activity_rows(found),
        key=f"rows_{decision}",
    )


@st.fragment
def _warnings(source: Source) -> None:
    st.header("Set-ups to mend on the platform")
    rows = figures.read_warnings(source)
    if not rows:
        st.success("None: every campaign can be told apart, matched and written back.")
        return
    st.caption(
        "Bars are the activities concerned; mending one set-up often settles many."
    )
    picked = _pick(
        [
            {
                "code": row["warning"],
                "label": f"{words(row['warning'])} ({row['places']:,})",
                "count": int(row["activities"] or 0),
            }
            for row in rows
        ],
        "activities concerned",
        key="warnings",
    )
    if not picked:
        return
    found = figures.read_warned(source, picked)
    _drill(
        f"{words(picked)}: {len(found):,}",
        [
            {
                "Campaign": row["campaign_name"],
                "Other campaign": row["other_campaign_name"] or "",
                "Company": row["company_name"],
                "Activities": row["activities"],
                "Days": between(day(row["starts_on"]), day(row["ends_on"])),
                "What is wrong": row["detail"],
                "Campaign id": str(row["campaign_id"] or ""),
                "Other id": str(row["other_campaign_id"] or ""),
                "Cohort id": str(row["program_instance_id"] or ""),
            }
            for row in found
        ],
        key="rows_warnings",
    )


def _pick(bars: list[dict[str, Any]], title: str, *, key: str) -> str | None:
    """Show a bar a reason; return the one clicked, or chosen in the list below."""
    for bar in bars:
        bar["text"] = f"{bar['label']}: {bar['count']:,}"
    event = st.altair_chart(
        charts.show_as(
            charts.counts(bars, title), "; ".join(bar["text"] for bar in bars)
        ),
        on_select="rerun",
        key=f"bars_{key}",
    )
    labels = {bar["code"]: bar["label"] for bar in bars}
    chosen = st.selectbox(
        f"Rows: {title}",
        [None, *labels],
        format_func=lambda code: labels[code] if code else "click a bar or choose here",
        key=f"choice_{key}",
    )
    for value in event["selection"].get(charts.SELECTION, []):
        return chosen or value["code"]
    return chosen


def _drill(title: str, rows: list[dict[str, Any]], *, key: str) -> None:
    st.markdown(f"**{title}**")
    st.dataframe(rows, hide_index=True, key=key)
