"""The answer of `explain --rules` on a page: bands, decisions and campaigns."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

import streamlit as st

from campaign_association.review_page.words import number

BANDS = ("high", "medium", "low", "none")
MOST_CAMPAIGNS = 50


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
    bands = {when: _counted(effect, f"band_{when}") for when in ("now", "then")}
    st.dataframe(
        [
            {
                "Band": band,
                "Now": bands["now"][band],
                "Then": bands["then"][band],
                "Change": bands["then"][band] - bands["now"][band],
            }
            for band in BANDS
        ],
        column_config={"Change": st.column_config.NumberColumn(format="%+d")},
        hide_index=True,
    )
    decisions = {when: _counted(effect, f"decision_{when}") for when in ("now", "then")}
    st.dataframe(
        [
            {
                "Decision": decision,
                "Now": decisions["now"][decision],
                "Then": decisions["then"][decision],
                "Change": decisions["then"][decision] - decisions["now"][decision],
            }
            for decision in sorted({*decisions["now"], *decisions["then"]})
        ],
        column_config={"Change": st.column_config.NumberColumn(format="%+d")},
        hide_index=True,
    )
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


def _counted(effect: Mapping[str, Any], column: str) -> Counter[str]:
    counts: Counter[str] = Counter()
    for row in effect["changes"]:
        counts[row[column] or "-"] += row["activities"]
    return counts
