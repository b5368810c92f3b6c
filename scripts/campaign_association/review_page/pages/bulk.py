"""Bulk: select by filter, look at the rows and the figures, then decide."""

import streamlit as st

from campaign_association.errors import CommandFailed, Refused, WrongUsage
from campaign_association.review.queue import Filters
from campaign_association.review_page import drawing
from campaign_association.review_page.bulk import Plan, carry_out, make_plan
from campaign_association.review_page.deeds import REASONS
from campaign_association.review_page.filters import choose_filters
from campaign_association.review_page.pages.decisions import withdraw
from campaign_association.review_page.session import reviewer
from campaign_association.review_page.source import Source

MOST = 10_000
DECISIONS = {"accepted": "Accept the best", "rejected": "Reject"}


def show(source: Source) -> None:
    """Draw the page."""
    st.html(
        "<h1>Bulk</h1><p>The filters at the side select, the oldest first. Look at "
        "what it would do; nothing is recorded before you say so.</p>"
    )
    with st.sidebar:
        filters = choose_filters(source)
    decision = st.radio(
        "Decision",
        list(DECISIONS),
        format_func=DECISIONS.__getitem__,
        horizontal=True,
        key="bulk_decision",
    )
    reason = None
    if decision == "rejected":
        reason = st.selectbox(
            "Reason",
            list(REASONS),
            format_func=REASONS.__getitem__,
            key="bulk_reason",
        )
    limit = st.number_input("At most", 1, MOST, 200, step=100, key="bulk_limit")
    asked = (decision, reason, limit, filters)
    if st.button("Preview", shortcut="P", key="preview"):
        st.session_state.plan = (asked, _plan(source, decision, reason, limit, filters))
    if said := st.session_state.pop("decisions_said", None):
        st.html(drawing.notices([said]))
    planned, plan = st.session_state.get("plan", (None, None))
    if plan and planned == asked:
        _show_plan(source, plan)
    if done := st.session_state.get("bulk_done"):
        st.html(
            drawing.notices(
                [
                    f"{len(done.activities):,} decided as {done.decision}, batch "
                    f"{done.batch_id}. The next run applies it."
                ]
            )
        )
        st.button(
            "Undo the bulk",
            shortcut="U",
            on_click=_undo,
            args=(source,),
            key="undo_bulk",
        )


def _plan(
    source: Source, decision: str, reason: str | None, limit: int, filters: Filters
) -> Plan | None:
    st.session_state.pop("bulk_done", None)
    try:
        return make_plan(
            source,
            decision,
            filters,
            limit=int(limit),
            reviewer=reviewer(),
            reason=reason,
        )
    except (Refused, WrongUsage, CommandFailed) as error:
        st.session_state.decisions_said = error.message
        return None


def _show_plan(source: Source, plan: Plan) -> None:
    number = len(plan.decisions.activities)
    said = [
        *(f"{left:,} left out: {why}" for why, left in plan.decisions.left_out.items()),
        f"{plan.settled:,} others of the same people will be settled",
    ]
    if plan.locked:
        said.append(f"{plan.locked:,} are in closed books and stay as they are")
    st.html(f"<p>{number:,} activities; {'; '.join(said)}.</p>")
    st.button(
        f"Decide about {number:,}: {DECISIONS[plan.decisions.decision].lower()}",
        type="primary",
        shortcut="D",
        key="decide_bulk",
        on_click=_carry_out,
        args=(source, plan),
    )
    st.html("<h2>What it does to the figures</h2>" + drawing.effects(plan.effect))
    st.html("<h2>The rows</h2>")
    rows = [
        {drawing.in_words(name): str(value) for name, value in row.items()}
        for row in plan.rows
    ]
    st.dataframe(rows, hide_index=True, alt="The activities to decide about")


def _carry_out(source: Source, plan: Plan) -> None:
    st.session_state.pop("plan", None)
    try:
        carry_out(source, plan)
    except (Refused, WrongUsage, CommandFailed) as error:
        st.session_state.decisions_said = error.message
        return
    st.session_state.bulk_done = plan.decisions


def _undo(source: Source) -> None:
    done = st.session_state.pop("bulk_done")
    withdraw(source, done.batch_id, reviewer())
