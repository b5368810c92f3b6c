"""Who sits at the browser, and how they are told what went wrong, for every page."""

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from campaign_association.errors import CommandFailed, Refused, WrongUsage
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


@contextmanager
def telling_errors() -> Iterator[None]:
    """Show an error of ours in the page, in place of what the block would draw."""
    try:
        yield
    except (CommandFailed, Refused, WrongUsage) as error:
        st.error(error.message)
