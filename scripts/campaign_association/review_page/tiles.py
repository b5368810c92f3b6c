"""One figure, large, with its range below."""

from typing import Any

from campaign_association.review_page.source import Row
from campaign_association.review_page.words import NO_BASIS, number


def tile(place: Any, label: str, row: Row, figure: str, digits: int = 0) -> None:
    """Show a figure of a public model: confirmed, and with pending below it."""
    confirmed, pending = row[f"{figure}_confirmed"], row[f"{figure}_with_pending"]
    place.metric(label, number(confirmed, digits))
    if confirmed == pending:
        place.caption("confirmed, nothing pending" if confirmed is not None else "")
    elif confirmed is None:
        place.caption(f"{number(pending, digits)} with pending, {NO_BASIS} without")
    else:
        place.caption(f"confirmed; {number(pending, digits)} with pending")
