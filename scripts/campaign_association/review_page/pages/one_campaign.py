"""One campaign: gauges, impact, time, and the evidence behind every figure."""

from datetime import date
from typing import Any

import streamlit as st

from campaign_association.review_page import campaign_figures as figures
from campaign_association.review_page import charts
from campaign_association.review_page.campaign_figures import PAGE_ROWS, Period
from campaign_association.review_page.source import Row, Source
from campaign_association.review_page.tiles import tile
from campaign_association.review_page.words import (
    NO_BASIS,
    NO_DAY,
    between,
    day,
    number,
    number_range,
    percent,
    percent_range,
    words,
)

# what has a target: figure, its share of the target, the target
GAUGES = (
    ("volunteers", "volunteer_utilisation", "target_volunteers"),
    ("beneficiaries", "beneficiary_utilisation", "target_beneficiaries"),
    ("sessions", "session_utilisation", "max_sessions"),
)
# what a gauge is called, where its evidence has another name
BEHIND_GAUGES = {"budget": "investment_usd"}
# they count once, however many activities they have
PEOPLE = ("volunteers", "beneficiaries")
# where the bands of a campaign's VIS begin
VIS_BANDS = ((40, "developing"), (60, "good"), (75, "high"), (90, "exceptional"))


def show(source: Source, campaign: Row) -> None:
    """Show a campaign (a row of :func:`figures.read_campaign`)."""
    st.title(campaign["campaign_name"])
    st.caption(
        f"{campaign['company_name'] or 'Company unknown'} · {campaign['status']} · "
        f"{campaign['program_type'] or 'every program type'} · "
        f"{day(campaign['start_date'])} to {day(campaign['end_date'])} · "
        f"as of {day(campaign['as_of_date'])}. Figures run from **confirmed** to "
        "**with pending**, where that differs."
    )
    pending = campaign["activities_with_pending"] - campaign["activities_confirmed"]
    if pending:
        place = f"/?campaign={campaign['campaign_id']}"
        st.markdown(f"[{pending:,} activities wait for a person]({place})")
    cells = st.columns(4)
    tile(cells[0], "Activities", campaign, "activities")
    tile(cells[1], "Hours", campaign, "hours", 1)
    tile(cells[2], "Volunteers", campaign, "volunteers")
    tile(cells[3], "Beneficiaries", campaign, "beneficiaries")
    st.header("How full it is")
    _gauges(campaign)
    left, right = st.columns(2)
    with left:
        _sroi(campaign)
    with right:
        _vis(source, campaign)
    period = _over_time(source, campaign)
    _evidence(source, campaign, period)


def _gauges(campaign: Row) -> None:
    rows = [_gauge(campaign, *parts) for parts in GAUGES]
    rows.append(_budget(campaign))
    event = st.altair_chart(
        charts.show_as(
            charts.gauges(rows, pick="id"),
            "; ".join(row["text"] for row in rows),
        ),
        on_select="rerun",
        key="gauges",
    )
    clicked = [found["id"] for found in event["selection"].get(charts.SELECTION, [])]
    # once: afterwards another figure may be chosen below
    if clicked and clicked != st.session_state.get("gauge_clicked"):
        _look_at(BEHIND_GAUGES.get(clicked[0], clicked[0]))
    st.session_state.gauge_clicked = clicked
    dates = [
        f"{share} % of its volunteers: "
        f"{day(campaign[f'reaches_{share}_percent_on_confirmed'])} (confirmed), "
        f"{day(campaign[f'reaches_{share}_percent_on_with_pending'])} (with pending)"
        for share in (80, 100)
    ]
    st.caption(
        "Dashed lines at 50, 80 and 100 % of the target; bars end at "
        f"{percent(charts.LONGEST)}. "
        f"{'; '.join(dates)}. Days to come are forecast from the last 28 days; "
        f"{NO_DAY} where the campaign ends before, or has no such target. Click a bar "
        "to see below what stands behind it."
    )


def _gauge(campaign: Row, figure: str, share: str, target: str) -> Row:
    count = number_range(campaign, figure)
    confirmed = campaign[f"{share}_confirmed"]
    if confirmed is None:
        return _without_target(figure, f"{figure}: {count}, no target")
    return {
        "id": figure,
        "confirmed": float(confirmed),
        "pending": float(campaign[f"{share}_with_pending"] - confirmed),
        "text": f"{figure}: {count} of {number(campaign[target])}, "
        + percent_range(campaign, share),
    }


def _budget(campaign: Row) -> Row:
    spent, planned = campaign["budget_spent"], campaign["budget_allocated"]
    share, money = campaign["budget_utilisation"], campaign["currency"] or ""
    if share is None:
        return _without_target(
            "budget", f"budget: {number(spent)} {money}, none planned"
        )
    return {
        "id": "budget",
        "confirmed": float(share),
        # what is spent is spent, whatever is pending
        "pending": 0.0,
        "text": f"budget: {number(spent)} of {number(planned)} {money}, "
        + percent(share),
    }


def _without_target(name: str, text: str) -> Row:
    text = f"{text}: {NO_BASIS} for a share"
    return {"id": name, "confirmed": None, "pending": None, "text": text}


def _sroi(campaign: Row) -> None:
    st.metric(
        "SROI, US dollars of social value a dollar invested",
        number_range(campaign, "sroi", 2),
        help="House methodology, to compare campaigns; no audit of impact.",
    )
    known = [
        campaign[key]
        for key in ("sroi_confirmed", "sroi_with_pending")
        if campaign[key] is not None
    ]
    if not known:
        st.caption("No basis: no hours or no valued outcome score yet.")
        return
    top = max(5.0, 1.15 * float(max(known)))
    chart = charts.span(
        campaign, "sroi", top, marks=[{"value": 1, "name": "pays for itself"}]
    )
    text = f"SROI {number_range(campaign, 'sroi', 2)}, on a scale from 0 to {top:.0f}."
    st.altair_chart(charts.show_as(chart, text), key="sroi")
    st.caption(
        f"Social value {number_range(campaign, 'social_value_usd')} US dollars, "
        f"investment {number_range(campaign, 'investment_usd')} US dollars, from "
        f"{number_range(campaign, 'valued_scores')} valued scores."
    )
    places = {
        "Show its scores": "social_value_usd",
        "Show its investment": "investment_usd",
    }
    with st.container(horizontal=True):
        for label, metric in places.items():
            st.button(label, key=f"show_{metric}", on_click=_look_at, args=(metric,))


def _vis(source: Source, campaign: Row) -> None:
    bands = between(
        words(campaign["vis_band_confirmed"]) or NO_BASIS,
        words(campaign["vis_band_with_pending"]) or NO_BASIS,
    )
    st.metric("VIS, mean of its volunteers, 0 to 100", number_range(campaign, "vis", 1))
    if campaign["vis_with_pending"] is None:
        st.caption("No basis: no volunteer yet.")
        return
    marks: list[dict[str, Any]] = [
        {"value": value, "name": name} for value, name in VIS_BANDS
    ]
    chart = charts.span(campaign, "vis", 100, marks=marks)
    text = f"VIS {number_range(campaign, 'vis', 1)} of 100: {bands}."
    st.altair_chart(charts.show_as(chart, text), key="vis")
    st.caption(f"Band: {bands}. From hours, consistency and outcomes.")
    with st.expander("Its volunteers, a row each"):
        st.dataframe(
            [
                {
                    "Volunteer id": str(row["volunteer_id"]),
                    "VIS": number_range(row, "vis", 1),
                    "Band": between(
                        words(row["vis_band_confirmed"]) or NO_BASIS,
                        words(row["vis_band_with_pending"]) or NO_BASIS,
                    ),
                    "Points for hours": number_range(row, "hours_points", 1),
                    "for consistency": number_range(row, "consistency_points"),
                    "for outcome": number_range(row, "outcome_points", 1),
                }
                for row in figures.read_volunteers(source, campaign["campaign_id"])
            ],
            hide_index=True,
            key="volunteers",
        )


def _look_at(metric: str) -> None:
    """Have the evidence at the end of the page be that of a figure."""
    st.session_state.figure = metric


def _over_time(source: Source, campaign: Row) -> Period | None:
    """Show activities and hours by day, week or month; return what was clicked."""
    st.header("Over time")
    unit, rows = figures.read_periods(source, campaign["campaign_id"])
    if not rows:
        st.info("No dated activity yet.")
        return None
    picked: list[Any] = []
    for figure, title in (("activities", "activities"), ("hours", "hours")):
        chart = charts.over_time(rows, figure, f"{title} a {unit}")
        text = (
            f"{title} a {unit}, {rows[0]['starts_on']} to {rows[-1]['starts_on']}: "
            f"{number(sum(row[f'{figure}_confirmed'] for row in rows))} confirmed and "
            f"{number(sum(row[f'{figure}_pending'] for row in rows))} pending."
        )
        event = st.altair_chart(
            charts.show_as(chart, text), on_select="rerun", key=f"time_{figure}"
        )
        picked += event["selection"].get(charts.SELECTION, [])
    st.caption(f"Click a bar to see what stands behind its {unit}.")
    with st.expander(f"As a table, a row a {unit}"):
        st.dataframe(
            [
                {
                    f"{unit} from": row["starts_on"],
                    "activities, confirmed": row["activities_confirmed"],
                    "activities, pending": row["activities_pending"],
                    "hours, confirmed": row["hours_confirmed"],
                    "hours, pending": row["hours_pending"],
                }
                for row in rows
            ],
            hide_index=True,
        )
    return Period(unit, date.fromisoformat(picked[0]["period"])) if picked else None


def _evidence(source: Source, campaign: Row, period: Period | None) -> None:
    """Show the ids of activities, scores and snippets that a figure is made of."""
    st.header("What stands behind a figure")
    left, right = st.columns([3, 1])
    metric = left.selectbox(
        "Figure",
        [*figures.EVIDENCE],
        format_func=figures.EVIDENCE.__getitem__,
        key="figure",
    )
    total = figures.sum_evidence(source, campaign["campaign_id"], metric, period)
    pages = max(1, -(-total["rows"] // PAGE_ROWS))
    page = right.number_input(f"Page, of {pages:,}", 1, pages, key=f"page_{metric}")
    when = f" of the {period.unit} from {day(period.starts_on)}" if period else ""
    st.markdown(
        f"**{total['rows']:,} rows{when}** come to "
        f"**{number_range(total_of(total), 'it', _digits(metric))}** "
        f"{figures.EVIDENCE[metric]}"
        + (", each person once." if metric in PEOPLE else ".")
    )
    rows = figures.read_evidence(
        source, campaign["campaign_id"], metric, period, int(page) - 1
    )
    st.dataframe(
        [
            {
                "Activity": row["activity_type"] or "budget",
                "Activity id": str(row["activity_id"] or ""),
                "Date": row["activity_date"],
                "State": row["state"],
                "Quantity": row["quantity"],
                "Outcome": row["outcome"] or "",
                "Score id": str(row["outcome_score_id"] or ""),
                "Snippet id": str(row["evidence_snippet_id"] or ""),
            }
            for row in rows
        ],
        hide_index=True,
        key="evidence",
    )
    st.caption(
        "`campaign-association explain` with an activity's type and id says why it is "
        "associated with this campaign."
    )


def total_of(total: Row) -> Row:
    """Return a sum of evidence as a figure with its range."""
    return {
        "it_confirmed": total["confirmed"],
        "it_with_pending": total["with_pending"],
    }


def _digits(metric: str) -> int:
    return {"hours": 1, "investment_usd": 2}.get(metric, 0)
