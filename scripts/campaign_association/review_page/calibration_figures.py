"""What the calibration page asks of the models of calibration, and nothing else."""

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import NamedTuple

import streamlit as st
from psycopg import sql

from campaign_association.review_page.source import Row, Source

# the targets that the model int_rule_suggestions works out
TARGETS = (Decimal("0.90"), Decimal("0.95"), Decimal("0.98"), Decimal("0.99"))
# rows of a drill-down
MOST_ROWS = 500


class Calibration(NamedTuple):
    """All that decisions say of the rules; each as its function reads it."""

    precision: list[Row]
    steps: list[Row]
    signals: list[Row]
    suggestions: list[Row]


def read_calibration(source: Source) -> Calibration:
    """Return all of it; read once for each newest decision and run."""
    query = sql.SQL(
        """
        select
            (select max(decision_id) from association_ops.review_decisions) as decided,
            (select max(measured_at) from {quality}) as measured
        """
    ).format(quality=source.public("association_quality"))
    (state,) = source.rows(query)
    return _read_calibration(tuple(map(str, state.values())), source.schema, source)


@st.cache_data(max_entries=2, show_spinner="Comparing decisions with the rules …")
def _read_calibration(
    state: tuple[str, ...], schema: str, _source: Source
) -> Calibration:
    # each takes its time where millions of activities are associated
    parts = (read_precision, read_steps, read_signals, read_suggestions)
    with ThreadPoolExecutor(len(parts)) as readers:
        return Calibration(*readers.map(lambda read: read(_source), parts))


def read_precision(source: Source) -> list[Row]:
    """Return the precision of each score value with its interval."""
    query = sql.SQL("select * from {} order by confidence, basis, is_doubtful").format(
        source.internal("int_score_precision")
    )
    return source.rows(query)


def read_steps(source: Source) -> list[Row]:
    """Return what people say of other thresholds, from the nearest value on."""
    query = sql.SQL(
        "select * from {} order by setting, abs(value_then - value_now), direction"
    ).format(source.internal("int_threshold_steps"))
    return source.rows(query)


def read_signals(source: Source) -> list[Row]:
    """Return what people say of each group signal."""
    query = sql.SQL("select * from {} order by points_now desc, signal").format(
        source.internal("int_signal_precision")
    )
    return source.rows(query)


def read_suggestions(source: Source) -> list[Row]:
    """Return the thresholds and points that should change, by the share of right ones.

    Their column ``target_share`` is one of :data:`TARGETS`.
    """
    query = sql.SQL("select * from {} order by target_share, setting").format(
        source.internal("int_rule_suggestions")
    )
    return source.rows(query)


def read_answers(source: Source, score: int) -> list[Row]:
    """Return the decided activities with a score, those that went otherwise first."""
    query = sql.SQL(
        """
        select basis, activity_type, activity_id, group_signal, is_doubtful, decision,
            is_right
        from {}
        where confidence = %(score)s and activity_id is not null
        order by is_right, activity_type, activity_id
        limit %(limit)s
        """
    ).format(source.internal("int_score_answers"))
    return source.rows(query, {"score": score, "limit": MOST_ROWS})
