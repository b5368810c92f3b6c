"""Decisions: who decided what, when and why; and a bulk taken back as one."""

from uuid import UUID

import streamlit as st

from campaign_association.errors import CommandFailed, Refused, WrongUsage
from campaign_association.review.decisions import withdraw_batch
from campaign_association.review.record import record
from campaign_association.review_page import drawing
from campaign_association.review_page.session import reviewer
from campaign_association.review_page.source import Row, Source

SHOWN = 200
DECISIONS = """
    select
        decision_id,
        to_char(decided_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS') as decided_at,
        reviewer,
        decision,
        reason,
        activity_type,
        activity_id,
        program_instance_id,
        batch_id
    from association_ops.review_decisions
    where %(reviewer)s::text is null or reviewer = %(reviewer)s
    order by decision_id desc
    limit %(shown)s
"""
# what is left of a batch: activities that nobody decided anew since
BATCHES = """
    with recent as (
        select *
        from association_ops.review_decisions
        where batch_id is not null
        order by decision_id desc
        limit 50000
    )

    select
        batch_id,
        min(reviewer) as reviewer,
        min(decision) as decision,
        min(reason) as reason,
        count(*) as decided,
        count(*) filter (where not exists (
            select from association_ops.review_decisions as later
            where later.activity_type = recent.activity_type
                and later.activity_id = recent.activity_id
                and later.decision_id > recent.decision_id
        )) as standing,
        to_char(max(decided_at) at time zone 'UTC', 'YYYY-MM-DD HH24:MI') as decided_at
    from recent
    where decision <> 'withdrawn'
    group by batch_id
    order by max(decision_id) desc
    limit 10
"""


def show(source: Source) -> None:
    """Draw the page."""
    st.html("<h1>Decisions</h1><p>Each with who, when and why; the newest first.</p>")
    if said := st.session_state.pop("decisions_said", None):
        st.html(drawing.notices([said]))
    only = st.checkbox("Only my own", key="only_mine")
    rows = source.rows(
        DECISIONS, {"reviewer": reviewer() if only else None, "shown": SHOWN}
    )
    if rows:
        st.html(drawing.table(rows, "Decisions"))
    else:
        st.info("Nobody has decided anything yet.")
    _show_batches(source, source.rows(BATCHES))


def _show_batches(source: Source, batches: list[Row]) -> None:
    if not batches:
        return
    st.html("<h2>Decided together</h2><p>The last ten; each is taken back as one.</p>")
    for row in batches:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.html(drawing.batch(row))
            st.button(
                f"Take back {row['standing']:,}",
                key=f"withdraw-{row['batch_id']}",
                disabled=not row["standing"],
                on_click=withdraw,
                args=(source, row["batch_id"], reviewer()),
            )


def withdraw(source: Source, batch_id: UUID, handle: str) -> None:
    """Take back what is left of a batch, and have the page say so."""
    try:
        with source.connection() as connection:
            decisions = withdraw_batch(
                connection, source.target, batch_id, reviewer=handle, reason=None
            )
            record(connection, decisions)
    except (Refused, WrongUsage, CommandFailed) as error:
        st.session_state.decisions_said = error.message
        return
    number = len(decisions.activities)
    st.session_state.decisions_said = f"{number:,} decisions taken back."
