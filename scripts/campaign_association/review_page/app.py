"""What Streamlit runs for every browser: who is there, and which page they want."""

from functools import partial
from pathlib import Path

import streamlit as st

from campaign_association.review_page.pages import (
    bulk,
    calibration,
    campaigns,
    decisions,
    quality,
    queue,
    second_review,
)
from campaign_association.review_page.session import reviewer
from campaign_association.review_page.site import this_site

site = this_site()
st.set_page_config(page_title="Campaign association", layout="wide")
st.html(Path(__file__).with_name("page.css"))
handle = reviewer()
PAGES = {
    "queue": ("Queue", queue),
    "bulk": ("Bulk", bulk),
    "second-review": ("Second review", second_review),
    "decisions": ("Decisions", decisions),
    "campaigns": ("Campaigns", campaigns),
    "quality": ("Quality", quality),
    "calibration": ("Calibration", calibration),
}
page = st.navigation(
    [
        st.Page(
            partial(module.show, site.source),
            title=title,
            url_path=name,
            default=name == "queue",
        )
        for name, (title, module) in PAGES.items()
    ]
)
page.run()
st.sidebar.caption(f"Decisions are {handle}'s. [Log out](/logout)")
