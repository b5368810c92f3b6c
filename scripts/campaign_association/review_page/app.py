"""What Streamlit runs for every browser: who is there, and which page they want."""

from functools import partial
from pathlib import Path

import streamlit as st

from campaign_association.review_page.pages import (
    bulk,
    decisions,
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
    "queue": ("Queue", ":material/inbox:", queue),
    "bulk": ("Bulk", ":material/select_all:", bulk),
    "second-review": ("Second review", ":material/group:", second_review),
    "decisions": ("Decisions", ":material/history:", decisions),
}
page = st.navigation(
    [
        st.Page(
            partial(module.show, site.source),
            title=title,
            icon=icon,
            url_path=name,
            default=name == "queue",
        )
        for name, (title, icon, module) in PAGES.items()
    ]
)
page.run()
st.sidebar.caption(f"Decisions are {handle}'s. [Log out](/logout)")
