"""Second review: a sample of what others decided, judged blind by somebody else."""

import streamlit as st

from campaign_association.review_page import drawing
from campaign_association.review_page.agreement import read_agreement, read_disagreed
from campaign_association.review_page.desk import Desk
from campaign_association.review_page.filters import choose, choose_filters
from campaign_association.review_page.judged import Sample
from campaign_association.review_page.session import reviewer
from campaign_association.review_page.source import Source
from campaign_association.review_page.workbench import work

# percent of what others decided
SAMPLES = {"5": "5 %", "50": "50 %", "100": "All"}
USUAL = 20


def show(source: Source) -> None:
    """Draw the page."""
    st.html(
        "<h1>Second review</h1><p>A sample of all that others decided and that still "
        "stands, without their word or the score. The second opinion stands; where it "
        "differs, talk about it.</p>"
    )
    _show_agreement(source)
    with st.sidebar:
        filters = choose_filters(source)
        share = choose("sample", "Sample", SAMPLES, otherwise=f"{USUAL} %")
    sample = Sample(reviewer(), int(share or USUAL))
    desk = st.session_state.get("second_desk")
    if desk is None or (desk.filters, desk.sample) != (filters, sample):
        st.session_state.second_desk = Desk(source, reviewer(), filters, sample)
    work("second_desk")


@st.fragment(run_every="30s")
def _show_agreement(source: Source) -> None:
    found = read_agreement(source)
    figures = {
        "Compared": f"{found['compared']:,}",
        "Agreement": drawing.share(found["agreement"]),
        "Cohen's kappa": "none yet"
        if found["kappa"] is None
        else f"{found['kappa']:.2f}",
    }
    st.html(drawing.figures(figures))
    if rows := read_disagreed(source):
        with st.expander(f"Where they differ: the last {len(rows)}"):
            st.html(drawing.table(rows, "Second reviews that differ"))
