"""The workbench: the item on top of a desk, and a key for each thing to do with it."""

from typing import Any

import streamlit as st

from campaign_association.review_page import cards, drawing
from campaign_association.review_page.deeds import REASONS
from campaign_association.review_page.desk import Desk
from campaign_association.review_page.instances import company_instances
from campaign_association.review_page.item import Item
from campaign_association.review_page.session import reviewer, telling_errors
from campaign_association.review_page.source import Row

# candidates with a key of their own
KEYS = 6
# the one thing that the library has no word for: where the next keys go
FOCUS = """
<script>
  setTimeout(() => document.querySelector(".st-key-instance input")?.focus(), 50)
</script>
"""


@st.fragment
def work(name: str) -> None:
    """Draw the item on top of the desk of a name; a key reruns this alone."""
    reviewer()
    with telling_errors():
        _show(name, st.session_state[name])


def _show(name: str, desk: Desk) -> None:
    blind = desk.sample is not None or st.session_state.get("blind", False)
    item = desk.current()
    notices, desk.notices = desk.notices, []
    if item is None:
        st.html(drawing.notices(notices))
        _show_end(name, desk)
        return
    order = _candidates(item, blind)
    question = st.container()
    _show_buttons(desk, item, order, blind)
    if _is_searching(item):
        _show_search(desk, item)
    auto = desk.source.target.variables["auto_threshold"]
    st.html(
        cards.candidates(item, order, blind=blind, auto=auto)
        + drawing.facts(item)
        + ("" if blind else drawing.ways_out(item))
    )
    # sent last: once the question is there, so are its keys and all that belongs to it
    question.html(
        drawing.notices(notices)
        + drawing.left(desk.pile.items_left, desk.pile.activities_left)
        + drawing.question(
            item,
            whole=desk.whole or item,
            shown=desk.moves,
            split=desk.split,
            turn=desk.turn,
            blind=blind,
        )
    )


def _show_buttons(desk: Desk, item: Item, order: list[Row], blind: bool) -> None:
    """Draw what can be done, each with its key.

    Keys of widgets bear the item: a press that comes late is for the item it was meant
    for, and that is gone.
    """
    this = f"{item.activities[0].activity_id}-{len(item.rows)}"
    with st.container(horizontal=True, key="deeds"):
        if not blind:
            st.button(
                "Accept the best",
                key=f"accept-{this}",
                shortcut="A",
                type="primary",
                disabled=item.rows[0]["best_program_instance_id"] is None,
                on_click=desk.accept,
                args=(item,),
            )
        for number, candidate in enumerate(order[:KEYS], start=1):
            if number == 1 and not blind:
                continue
            instance = candidate["program_instance_id"]
            st.button(
                f"Take {number}",
                key=f"take-{number}-{this}",
                shortcut=str(number),
                disabled=instance is None,
                on_click=desk.choose,
                args=(item.fitting(instance), instance),
            )
        st.button(
            "Reject",
            key=f"reject-{this}",
            shortcut="X",
            on_click=lambda: desk.reject(item, st.session_state.reject_as),
        )
        st.button(
            "Reassign",
            key=f"reassign-{this}",
            shortcut="M",
            on_click=_remember,
            args=("searching", None if _is_searching(item) else item.place),
        )
        st.button(
            "Skip", key=f"skip-{this}", shortcut="S", on_click=desk.skip, args=(item,)
        )
        st.button(
            "Undo",
            key=f"undo-{this}",
            shortcut="U",
            disabled=not desk.done,
            on_click=desk.undo,
            args=(desk.done[-1] if desk.done else None,),
        )
        size = len((desk.whole or item).rows)
        if size > 1:
            st.button(
                "All together" if desk.split else "One by one",
                key=f"split-{this}",
                shortcut="O",
                on_click=desk.set_split,
                args=(not desk.split,),
            )
        if desk.split and size > 1:
            st.button(
                "Next of them",
                key=f"turn-{this}",
                shortcut="N",
                on_click=desk.turn_to,
                args=(desk.turn + 1,),
            )
        if desk.sample is None:
            st.button(
                "Show scores" if blind else "Blind",
                key="blind_or_not",
                shortcut="B",
                help="Blind: judge without the scores and the order of the rules.",
                on_click=_remember,
                args=("blind", not blind),
            )
    with st.container(horizontal=True, vertical_alignment="bottom", key="reasons"):
        st.selectbox(
            "Reject as",
            list(REASONS),
            format_func=REASONS.__getitem__,
            key="reject_as",
            label_visibility="collapsed",
            width=240,
        )
        st.button(
            "Other reason",
            key="next_reason",
            shortcut="E",
            on_click=_remember,
            args=("reject_as", _next_reason()),
        )


def _show_search(desk: Desk, item: Item) -> None:
    """Let a person look for another instance of the company; choosing decides."""
    first = item.rows[0]
    found = company_instances(
        desk.source.schema, first["company_id"], first["activity_date"], desk.source
    )
    ids = {row["program_instance_id"]: row for row in found}
    st.selectbox(
        "Reassign to: type a campaign, a date or an id",
        list(ids),
        format_func=lambda instance: drawing.instance(ids[instance]),
        index=None,
        placeholder=f"{len(ids):,} program instances of the company, nearest first",
        key="instance",
        on_change=lambda: _choose(desk, item),
    )
    st.html(FOCUS, unsafe_allow_javascript=True)


def _show_end(name: str, desk: Desk) -> None:
    st.success("Nothing is left here.")
    if desk.skipped:
        label = f"Look at the {desk.skipped:,} skipped"
        st.button(label, shortcut="A", on_click=lambda: st.session_state.pop(name))
    if desk.done:
        st.button(
            "Undo",
            key="undo-end",
            shortcut="U",
            on_click=desk.undo,
            args=(desk.done[-1],),
        )


def _choose(desk: Desk, item: Item) -> None:
    instance = st.session_state.instance
    st.session_state.searching = None
    if instance is not None:
        desk.choose(item, instance)


def _is_searching(item: Item) -> bool:
    return st.session_state.get("searching") == item.place


def _remember(name: str, value: Any) -> None:
    st.session_state[name] = value


def _next_reason() -> str:
    codes = list(REASONS)
    at = codes.index(st.session_state.reject_as)
    return codes[(at + 1) % len(codes)]


def _candidates(item: Item, blind: bool) -> list[Row]:
    """Return the candidates in the order they are shown in."""
    found = item.rows[0]["candidates"]
    return sorted(found, key=lambda row: row["campaign_id"]) if blind else found
