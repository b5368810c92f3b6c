"""Campaigns: how full they are, what they come to, who may want more, and why."""

from datetime import date
from typing import Any
from uuid import UUID

import streamlit as st

from campaign_association.review_page import campaign_figures as figures
from campaign_association.review_page import charts
from campaign_association.review_page.pages import one_campaign
from campaign_association.review_page.source import Row, Source
from campaign_association.review_page.tiles import tile
from campaign_association.review_page.words import (
    day,
    number,
    number_range,
    percent,
    percent_range,
    words,
)

SHOWN = 12
UTILISATIONS = {
    "volunteers": "volunteer_utilisation",
    "beneficiaries": "beneficiary_utilisation",
    "sessions": "session_utilisation",
    "budget spent": "budget_utilisation",
}


def show(source: Source) -> None:
    """Show all campaigns, or the one that the address names."""
    chosen = _chosen()
    campaign = figures.read_campaign(source, chosen) if chosen else None
    if campaign:
        if st.button("All campaigns", icon=":material/arrow_back:"):
            _choose(None)
        one_campaign.show(source, campaign)
        return
    st.title("Campaigns")
    if "campaign" in st.query_params:
        st.warning("There is no campaign with the id in the address.")
    company, status = _filters(source)
    campaigns = figures.read_campaigns(source, company, status)
    if not campaigns:
        st.info("No campaign matches. Choose another company or status.")
        return
    st.caption(
        f"As of {day(campaigns[0]['as_of_date'])}. **Confirmed** is what the rules or "
        "a person associated; **with pending** adds what waits for review. A figure "
        "without basis (no target, no scores) says so: it is not 0."
    )
    _totals(campaigns)
    _utilisation(campaigns)
    _upsells(figures.read_upsells(source, company, status))
    _table(campaigns)


def _chosen() -> UUID | None:
    try:
        return UUID(st.query_params.get("campaign", ""))
    except ValueError:
        return None


def _choose(campaign_id: str | None) -> None:
    """Go to a campaign's page, or back to all; the address says which."""
    if campaign_id:
        st.query_params["campaign"] = campaign_id
    else:
        st.query_params.pop("campaign", None)
    st.rerun()


def _filters(source: Source) -> tuple[UUID | None, str | None]:
    companies, statuses = figures.read_choices(source)
    left, right = st.columns(2)
    company = left.selectbox(
        "Company",
        [None, *companies],
        format_func=lambda key: companies[key] if key else "All companies",
    )
    status = right.selectbox(
        "Status", [None, *statuses], format_func=lambda code: code or "Every status"
    )
    return company, status


def _totals(campaigns: list[Row]) -> None:
    def totals(figure: str) -> Row:
        return {
            key: sum(row[key] for row in campaigns)
            for key in (f"{figure}_confirmed", f"{figure}_with_pending")
        }

    near = sum(bool(row["is_near_capacity_confirmed"]) for row in campaigns)
    over = sum(bool(row["is_over_capacity_confirmed"]) for row in campaigns)
    cells = st.columns(4)
    cells[0].metric("Campaigns", number(len(campaigns)))
    tile(cells[1], "Activities", totals("activities"), "activities")
    tile(cells[2], "Hours", totals("hours"), "hours")
    cells[3].metric(
        "Nearly full / full",
        f"{near:,} / {over:,}",
        help="Campaigns with 80 to 100 %, and with 100 % or more, of their volunteers, "
        "confirmed",
    )


def _utilisation(campaigns: list[Row]) -> None:
    st.header("How full they are")
    what = st.segmented_control(
        "Share of the target of", [*UTILISATIONS], default="volunteers"
    )
    column = UTILISATIONS[what or "volunteers"]
    known = [row for row in campaigns if _share(row, column) is not None]
    if not known:
        st.info("None of these campaigns has that target: no basis.")
        return
    known.sort(key=lambda row: _share(row, column, "with_pending"), reverse=True)
    picked = st.altair_chart(
        charts.show_as(
            charts.gauges([_gauge(row, column) for row in known[:SHOWN]], pick="id"),
            f"The {min(SHOWN, len(known))} campaigns with the largest share of their "
            f"target of {what}; all of them are in the table below.",
        ),
        on_select="rerun",
        key=f"gauges_{column}",
    )
    without = len(campaigns) - len(known)
    st.caption(
        f"The fullest {min(SHOWN, len(known))} of {len(known):,}; dashed lines at 50, "
        f"80 and 100 %, bars end at {percent(charts.LONGEST)}. Click a bar for its "
        f"campaign. No target, so no basis: {without:,}."
    )
    for row in picked["selection"].get(charts.SELECTION, []):
        _choose(row["id"])


def _share(row: Row, column: str, scope: str = "confirmed") -> Any:
    # what is spent is spent, whatever is pending
    return row[column if column == "budget_utilisation" else f"{column}_{scope}"]


def _gauge(row: Row, column: str) -> Row:
    confirmed = float(_share(row, column))
    pending = float(_share(row, column, "with_pending"))
    shown = {"it_confirmed": confirmed, "it_with_pending": pending}
    return {
        "id": str(row["campaign_id"]),
        "confirmed": confirmed,
        "pending": pending - confirmed,
        "text": f"{row['campaign_name']}: {percent_range(shown, 'it')}",
    }


def _upsells(upsells: list[Row]) -> None:
    st.header("Who may want more")
    if not upsells:
        st.info("No campaign uses more than 80 % of its volunteers.")
        return
    st.caption(
        f"{len(upsells):,} campaigns use more than 80 % of their volunteers. The "
        "score, 0 to 100, weighs capacity, performance, engagement and spend; a part "
        "without basis counts nothing. Choose a row for its campaign."
    )
    picked = st.dataframe(
        [
            {
                "Score": row["score_confirmed"],
                "Campaign": row["campaign_name"],
                "Company": row["company_name"],
                "With pending": row["score_with_pending"],
                "Proposal": words(row["recommendation_confirmed"]),
                "Volunteers": percent_range(row, "volunteer_utilisation"),
                "SROI": number_range(row, "sroi", 2),
                "VIS": number_range(row, "vis", 0),
                "Without basis": ", ".join(row["missing_parts_confirmed"] or []),
            }
            for row in upsells
        ],
        column_config={
            "Score": st.column_config.ProgressColumn(
                "Score, confirmed", min_value=0, max_value=100, format="%.0f"
            ),
            "With pending": st.column_config.NumberColumn(format="%.0f"),
        },
        on_select="rerun",
        selection_mode="single-row",
        height=min(38 * len(upsells) + 40, 400),
        hide_index=True,
        key="upsells",
    )
    for place in picked["selection"]["rows"]:
        _choose(str(upsells[place]["campaign_id"]))


def _table(campaigns: list[Row]) -> None:
    st.header("All of them")
    st.caption(
        "Figures run from confirmed to with pending. Choose a row for its campaign."
    )
    picked = st.dataframe(
        [_table_row(row) for row in campaigns],
        on_select="rerun",
        selection_mode="single-row",
        hide_index=True,
        key="campaigns",
    )
    for place in picked["selection"]["rows"]:
        _choose(str(campaigns[place]["campaign_id"]))


def _table_row(row: Row) -> dict[str, Any]:
    return {
        "Campaign": row["campaign_name"],
        "Company": row["company_name"],
        "Status": row["status"],
        "From": _date(row["start_date"]),
        "To": _date(row["end_date"]),
        "Activities": number_range(row, "activities"),
        "Hours": number_range(row, "hours"),
        "Volunteers": number_range(row, "volunteers"),
        "of target": percent_range(row, "volunteer_utilisation"),
        "Beneficiaries": number_range(row, "beneficiaries"),
        "SROI": number_range(row, "sroi", 2),
        "VIS": number_range(row, "vis", 0),
        "Id": str(row["campaign_id"]),
    }


def _date(value: date | None) -> str:
    return value.isoformat() if value else ""
