"""The queue: one question at a time, answered by a key."""

import streamlit as st

from campaign_association.review_page.desk import Desk
from campaign_association.review_page.filters import choose_filters
from campaign_association.review_page.session import reviewer
from campaign_association.review_page.source import Source
from campaign_association.review_page.workbench import work


def show(source: Source) -> None:
    """Draw the page."""
    st.html("<h1>Review queue</h1>")
    with st.sidebar:
        filters = choose_filters(source)
    desk = st.session_state.get("desk")
    if desk is None or desk.filters != filters or desk.reviewer != reviewer():
        st.session_state.desk = Desk(source, reviewer(), filters)
    work("desk")
