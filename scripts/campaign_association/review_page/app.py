"""What Streamlit runs for every browser: who is there, and which page they want."""

from functools import partial
from pathlib import Path

import streamlit as st

from campaign_association.review_page import drawing
from campaign_association.review_page.pages import (
    bulk,
    calibration,
    campaigns,
    decisions,
    quality,
    queue,
    second_review,
)
from campaign_association.review_page.session import reviewer, telling_errors
from campaign_association.review_page.site import this_site

# keys are for the page again once a field is left: the library has no word for it
LEAVE_FIELDS = """
<script>
  window.leaveFields ??= addEventListener("keydown", event => {
    if (event.key === "Escape") document.activeElement?.blur();
  }) ?? true;
</script>
"""

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
with telling_errors():
    page.run()
st.sidebar.html(drawing.who(handle))
st.html(LEAVE_FIELDS, unsafe_allow_javascript=True)
