"""Calibration: how right each score was, and what rules the decisions suggest."""

from decimal import Decimal
from typing import Any

import streamlit as st
import yaml

from campaign_association.errors import CommandFailed
from campaign_association.review_page import calibration_figures as figures
from campaign_association.review_page import charts
from campaign_association.review_page.effect import (
    effect_of,
    lines_to_change,
    rules_of,
)
from campaign_association.review_page.effect_report import show_effect
from campaign_association.review_page.source import Row, Source
from campaign_association.review_page.words import number, percent, words

# what a row of precision is about, in the order of the legend
KINDS = {
    ("decided", False): "waited for its score alone",
    ("decided", True): "waited, another doubt beside it",
    ("automatic", False): "automatic, at best",
}


def show(source: Source) -> None:
    """Show the page."""
    st.title("Calibration")
    found = figures.read_calibration(source)
    precision = found.precision
    decided = sum(row["answers"] for row in precision if row["basis"] == "decided")
    st.caption(
        f"From {number(decided)} decisions about activities that waited, scored by the "
        "points that hold now, and from what people corrected of the automatic ones. "
        "Right is the very cohort that the rules proposed. Nothing here changes a rule."
    )
    if not precision:
        st.info("No scores yet. Run: campaign-association run")
        return
    _precision(source, precision)
    _suggestions(source, found.suggestions)
    _steps(found)


def _precision(source: Source, rows: list[Row]) -> None:
    st.header("How right each score is")
    variables = source.target.variables
    thresholds = {
        name: float(variables[name]) for name in ("review_threshold", "auto_threshold")
    }
    values = [
        {
            "score": row["confidence"],
            "kind": KINDS[row["basis"], row["is_doubtful"]],
            **{name: float(row[name]) for name in (
                "agreement", "agreement_lower", "agreement_upper"
            )},
            "answers": row["answers"],
        }
        for row in rows
    ]  # fmt: skip
    text = "; ".join(
        f"score {row['confidence']}, {KINDS[row['basis'], row['is_doubtful']]}: "
        f"{interval(row)} of {number(row['answers'])}"
        for row in rows
    )
    event = st.altair_chart(
        charts.show_as(
            charts.precision(values, [*KINDS.values()], thresholds), text, columns=1
        ),
        on_select="rerun",
        key="precision",
    )
    clicked = [point["score"] for kind in event["selection"].values() for point in kind]
    # once: afterwards another score may be chosen
    if clicked and clicked != st.session_state.get("score_clicked"):
        st.session_state.score = clicked[0]
    st.session_state.score_clicked = clicked
    st.caption(
        "Bars are 95 % Wilson intervals: the fewer answers, the longer. Dashed lines "
        "are the thresholds. Of automatic activities people only record what is "
        "wrong, so theirs is the best share that can be true. Click a point for the "
        "decisions behind it."
    )
    title = "As a table, and the decisions behind a score"
    with st.expander(title, expanded=bool(clicked)):
        st.dataframe([_precision_row(row) for row in rows], hide_index=True)
        scores = sorted({row["confidence"] for row in rows})
        score = st.selectbox(
            "Decisions about activities with the score", scores, key="score"
        )
        answers = figures.read_answers(source, score)
        first = "The first " if len(answers) == figures.MOST_ROWS else ""
        st.markdown(
            f"**{first}{len(answers):,} decisions**, those against the rules first"
        )
        st.dataframe(
            [
                {
                    "Activity": row["activity_type"],
                    "Activity id": str(row["activity_id"]),
                    "Decision": row["decision"],
                    "As the rules had it": "yes" if row["is_right"] else "no",
                    "Signal": words(row["group_signal"]) or "no tag shared",
                    "Another doubt": "yes" if row["is_doubtful"] else "no",
                }
                for row in answers
            ],
            hide_index=True,
            key=f"answers_{score}",
        )


def _precision_row(row: Row) -> dict[str, Any]:
    return {
        "Score": row["confidence"],
        "Activities": KINDS[row["basis"], row["is_doubtful"]],
        "Answers": row["answers"],
        "Right": row["agreeing"],
        "Share right, 95 % interval": interval(row),
        "Reassigned": row["reassigned"],
        "Rejected": row["rejected"],
    }


def interval(row: Row) -> str:
    """Return a share with the bounds of its interval."""
    if row["agreement"] is None:
        return percent(None)
    low, high = row["agreement_lower"], row["agreement_upper"]
    return f"{percent(row['agreement'], 1)} ({100 * low:.1f} to {100 * high:.1f})"


def _suggestions(source: Source, suggestions: list[Row]) -> None:
    st.header("What the decisions suggest")
    target = st.segmented_control(
        "What happens without a person should be right in at least",
        figures.TARGETS,
        default=Decimal("0.95"),
        format_func=percent,
    )
    target = target or Decimal("0.95")
    found = [row for row in suggestions if row["target_share"] == target]
    if not found:
        st.info(
            f"Keep the rules as they are: for {percent(target)} people's answers "
            "support no other threshold or points, or are too few. The tables "
            "below say what speaks for the nearest ones."
        )
        return
    by_name = {row["setting"]: row for row in found}
    st.dataframe([_suggestion_row(row) for row in found], hide_index=True)
    st.caption("Each stands by itself: often one of them is enough.")
    taken = st.multiselect(
        "Look at the effect of",
        [*by_name],
        default=[found[0]["setting"]],
        key=f"taken_{target}",
    )
    if not taken:
        return
    chosen = [by_name[name] for name in taken]
    rules = rules_of(chosen)
    st.markdown("**To adopt it**, a person changes these lines, then runs again:")
    st.code(lines_to_change(chosen), language=None)
    st.caption(
        "Nothing is adopted from here. Saved as a file, this asks the same on a "
        "terminal, with `campaign-association explain --rules FILE`:"
    )
    st.code(yaml.safe_dump(rules), language=None)
    if st.button("What would change?", icon=":material/compare_arrows:"):
        with st.spinner("Building by these rules beside the real ones …"):
            try:
                st.session_state["effect"] = (rules, effect_of(source.target, rules))
            except CommandFailed as error:
                st.session_state.pop("effect", None)
                st.error(str(error))
    known, effect = st.session_state.get("effect", (None, None))
    if effect and known == rules:
        show_effect(effect)


def _suggestion_row(row: Row) -> dict[str, Any]:
    return {
        "Setting": row["setting"],
        "Now": f"{row['value_now']:g}",
        "Suggested": f"{row['value_then']:g}",
        "Answers": row["answers"],
        "Right without a person, 95 % interval": interval(row),
    }


def _steps(found: figures.Calibration) -> None:
    st.header("What speaks for other values")
    signals = found.signals
    st.caption(
        f"A company and a date alone bring {signals[0]['points_alone']} points and "
        "never associate, so auto_threshold stays above that. Right means as rules "
        "without a person would decide."
    )
    st.dataframe(
        [
            {
                "Setting": row["setting"],
                "Now": f"{row['value_now']:g}",
                "Instead": f"{row['value_then']:g}",
                "Answers between": row["answers"],
                "Right without a person, 95 % interval": interval(row),
            }
            for row in found.steps
        ],
        hide_index=True,
    )
    st.dataframe(
        [
            {
                "Signal": row["signal"],
                "Points": row["points_now"],
                "Reaches automatic": "yes" if row["is_automatic"] else "no",
                "Points that would change that": row["points_then"],
                "Answers": row["answers"],
                "Right, 95 % interval": interval(row),
            }
            for row in signals
        ],
        hide_index=True,
    )
