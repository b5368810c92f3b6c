"""What the program that serves gives to the pages, which run in its threads."""

from dataclasses import dataclass

from campaign_association.review_page.access import Access
from campaign_association.review_page.source import Source


@dataclass(frozen=True)
class Site:
    """One start of the page. Secrets stay in this process."""

    source: Source
    access: Access
    cookie: str


_open: list[Site] = []


def open_site(site: Site) -> None:
    """Let the pages find the site; a process serves one."""
    _open[:] = [site]


def this_site() -> Site:
    """Return the site that this process serves."""
    return _open[0]
