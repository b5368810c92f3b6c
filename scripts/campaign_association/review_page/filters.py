"""Filters of the queue as widgets; the address of the page keeps them, by ids."""

import re
from typing import Any
from uuid import UUID

import streamlit as st
from psycopg import sql

from campaign_association.review.queue import Filters
from campaign_association.review_page.source import Row, Source

TYPES = ("session", "match", "completion")
# as the address has a range: 60-80, 60- or -80
RANGE = re.compile(r"(\d{0,5})-?(\d{0,5})")
MOST_DAYS = 36_500
CHOICES = sql.SQL(
    """
    select
        queue.company_id::text as company,
        min(campaigns.company_name) as company_name,
        queue.campaign_id::text as campaign,
        min(campaigns.campaign_name) as campaign_name,
        queue.review_reason as reason,
        count(*) as waiting
    from {queue} as queue
    left join {campaigns} as campaigns using (campaign_id)
    group by queue.company_id, queue.campaign_id, queue.review_reason
    """
)


@st.cache_data(ttl=60, max_entries=4, show_spinner=False)
def _choices(schema: str, _source: Source) -> list[Row]:
    """Return companies, campaigns and reasons in the queue; a minute old at most."""
    return _source.rows(
        CHOICES.format(
            queue=_source.public("association_review_queue"),
            campaigns=_source.public("campaign_metrics"),
        )
    )


def choose_filters(source: Source) -> Filters:
    """Draw the filters and return what is chosen."""
    rows = _choices(source.schema, source)
    company = choose("company", "Company", _named(rows, "company"))
    if company:
        rows = [row for row in rows if row["company"] == company]
    campaign = choose("campaign", "Campaign", _named(rows, "campaign"))
    kind = choose("type", "Activity type", {name: name for name in TYPES})
    reasons = sorted({row["reason"] for row in rows if row["reason"]})
    reason = choose(
        "reason", "Why it waits", {name: in_words(name) for name in reasons}
    )
    least, most = choose_range("confidence", "Confidence", 100)
    youngest, oldest = choose_range("age", "Days old", MOST_DAYS)
    return Filters(
        company=UUID(company) if company else None,
        campaign=UUID(campaign) if campaign else None,
        activity_type=kind,
        reason=reason,
        # both ends count
        older_than=None if youngest is None else youngest - 1,
        newer_than=None if oldest is None else oldest + 1,
        min_confidence=least,
        max_confidence=most,
    )


def in_words(code: str) -> str:
    """Return a code of the models as words."""
    return code.replace("_", " ")


def choose(
    name: str, label: str, options: dict[str, str], otherwise: str = "All"
) -> Any:
    """Draw one choice, first as the address has it, and put it into the address.

    Returns None where nothing is chosen, which ``otherwise`` is the word for.
    """
    key = f"filter_{name}"
    if key not in st.session_state:
        asked = st.query_params.get(name)
        st.session_state[key] = asked if asked in options else None
    elif st.session_state[key] not in options:
        st.session_state[key] = None
    chosen = st.selectbox(
        label,
        list(options),
        format_func=lambda option: options[option],
        key=key,
        index=None,
        placeholder=otherwise,
    )
    if chosen is None:
        st.query_params.pop(name, None)
    else:
        st.query_params[name] = chosen
    return chosen


def choose_range(name: str, label: str, top: int) -> tuple[int | None, int | None]:
    """Draw a range from 0 to ``top``, as :func:`choose` draws a choice.

    Returns its ends, None where it has none; both of them count.
    """
    ends = ("from", "to")
    keys = [f"filter_{name}_{end}" for end in ends]
    if keys[0] not in st.session_state:
        asked = RANGE.fullmatch(st.query_params.get(name, ""))
        for key, text in zip(keys, asked.groups() if asked else ("", ""), strict=True):
            st.session_state[key] = min(int(text), top) if text else None
    low, high = (
        place.number_input(
            f"{label}, {end}", 0, top, key=key, placeholder=str(edge), step=5
        )
        for place, end, key, edge in zip(
            st.columns(2), ends, keys, (0, top if top == 100 else "any"), strict=True
        )
    )
    if low is None and high is None:
        st.query_params.pop(name, None)
    else:
        shown = ["" if end is None else str(end) for end in (low, high)]
        st.query_params[name] = "-".join(shown)
    if low is not None and high is not None and low > high:
        st.caption(f"From {low} to {high} there is nothing.")
    return low, high


def _named(rows: list[Row], name: str) -> dict[str, str]:
    """Return ids with name and number waiting, those with most first."""
    waiting: dict[str, int] = {}
    names: dict[str, str] = {}
    for row in rows:
        if row[name]:
            waiting[row[name]] = waiting.get(row[name], 0) + row["waiting"]
            names[row[name]] = row[f"{name}_name"] or row[name]
    ordered = sorted(waiting, key=lambda key: (-waiting[key], names[key]))
    return {key: f"{names[key]} ({waiting[key]:,})" for key in ordered}
