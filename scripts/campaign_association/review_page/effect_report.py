"""The answer of `explain --rules` on a page: bands, decisions and campaigns."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

import streamlit as st

from campaign_association.review_page.words import number

BANDS = ("high", "medium", "low", "none")
MOST_CAMPAIGNS = 50
COUNTS = {
    "Now": st.column_config.NumberColumn(format="localized"),
    "Then": st.column_config.NumberColumn(format="localized"),
    "Change": st.column_config.NumberColumn(format="%+d"),
}


def show_effect(effect: Mapping[str, Any]) -> None:
    """Show what proposed rules would change (the command's JSON)."""
    st.markdown(
        f"**{effect['changed']:,} of {effect['activities']:,} activities would "
        f"change**, compared with the last run (as of {effect['as_of_date']})."
    )
    alone = effect["company_and_date_alone"]
    if alone["is_warned"]:
        st.warning(
            f"A company and a date alone would associate: they reach {alone['points']} "
            f"points, and auto_threshold is {alone['threshold']}."
        )
    _show(effect["changes"], "band", BANDS)
    decisions = {
        row[f"decision_{when}"] or "-"
        for row in effect["changes"]
        for when in ("now", "then")
    }
    _show(effect["changes"], "decision", sorted(decisions))
    campaigns = effect["campaigns"]
    if not campaigns:
        return
    with st.expander(f"Campaigns whose figures move: {number(len(campaigns))}"):
        st.dataframe(
            [
                {
                    "Campaign id": row["campaign_id"],
                    "Confirmed now": row["confirmed_now"],
                    "then": row["confirmed_then"],
                    "With pending now": row["with_pending_now"],
                    "with pending then": row["with_pending_then"],
                }
                for row in campaigns[:MOST_CAMPAIGNS]
            ],
            hide_index=True,
        )


def _show(
    changes: Iterable[Mapping[str, Any]], what: str, names: Iterable[str]
) -> None:
    """Show how many activities each band or decision has, now and then."""
    now: Counter[str] = Counter()
    then: Counter[str] = Counter()
    for row in changes:
        now[row[f"{what}_now"] or "-"] += row["activities"]
        then[row[f"{what}_then"] or "-"] += row["activities"]
    st.dataframe(
        [
            {
                what.capitalize(): name,
                "Now": now[name],
                "Then": then[name],
                "Change": then[name] - now[name],
            }
            for name in names
        ],
        column_config=COUNTS,
        hide_index=True,
    )
