"""What the calibration page asks of the models of calibration, and nothing else."""

from decimal import Decimal

from psycopg import sql

from campaign_association.review_page.source import Row, Source

# the targets that the model int_rule_suggestions works out
TARGETS = (Decimal("0.90"), Decimal("0.95"), Decimal("0.98"), Decimal("0.99"))
# rows of a drill-down
MOST_ROWS = 500


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


def read_suggestions(source: Source, target: Decimal) -> list[Row]:
    """Return the thresholds and points that should change for a share of right ones."""
    query = sql.SQL(
        "select * from {} where target_share = %(target)s order by setting"
    ).format(source.internal("int_rule_suggestions"))
    return source.rows(query, {"target": target})


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
