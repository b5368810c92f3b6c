"""Who sits at the browser, for every page."""

import streamlit as st

from campaign_association.review_page.site import this_site


def reviewer() -> str:
    """Return the handle that decisions of this browser bear.

    A session that has ended in the meantime stops the page here.
    """
    site = this_site()
    handle = site.access.handle(st.context.cookies.get(site.cookie))
    if handle is None:
        st.error("Your session has ended. Load the page again to come in anew.")
        st.stop()
    return handle
