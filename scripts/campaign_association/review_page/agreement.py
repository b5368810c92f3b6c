"""How far two reviewers agree: second reviews beside the decisions before them."""

from typing import Any

from psycopg import sql

from campaign_association.review_page.judged import FIRST_OPINION, SECOND_REVIEW
from campaign_association.review_page.source import Row, Source

# An opinion is the instance chosen, or that it was rejected: not a withdrawal, not what
# its reviewer took back at once, not the first opinion put in force again after that.
PAIRS = sql.SQL(
    """
    with decisions as (
        select
            *,
            coalesce(program_instance_id::text, decision) as choice,
            lead(decision) over on_activity as next_decision,
            lead(reviewer) over on_activity as next_reviewer
        from association_ops.review_decisions
        window on_activity as (
            partition by activity_type, activity_id order by decision_id
        )
    ),

    opinions as (
        select
            *,
            lag(reviewer) over on_activity as first_reviewer,
            lag(choice) over on_activity as first_choice
        from decisions
        where decision <> 'withdrawn'
            and reason is distinct from %(first)s
            and (next_decision, next_reviewer)
            is distinct from ('withdrawn', reviewer)
        window on_activity as (
            partition by activity_type, activity_id order by decision_id
        )
    ),

    pairs as (
        select * from opinions
        where reason = %(second)s and first_reviewer <> reviewer
    )
    """
)
# Cohen's kappa: agreement beyond what both would reach by chance, given how often each
# chooses what; without a value where chance alone agrees always
AGREEMENT = sql.SQL(
    """
    {pairs},

    firsts as (select first_choice as choice, count(*) as number from pairs group by 1),
    seconds as (select choice, count(*) as number from pairs group by 1),
    totals as (
        select
            count(*) as compared,
            count(*) filter (where choice = first_choice) as agreed
        from pairs
    ),
    chances as (
        select coalesce(sum(firsts.number * seconds.number), 0) as products
        from firsts inner join seconds using (choice)
    ),
    rates as (
        select
            compared,
            agreed,
            agreed::numeric / nullif(compared, 0) as observed,
            products / nullif(compared::numeric * compared, 0) as expected
        from totals cross join chances
    )
    select
        compared,
        agreed,
        observed as agreement,
        (observed - expected) / nullif(1 - expected, 0) as kappa
    from rates
    """
).format(pairs=PAIRS)
DISAGREED = sql.SQL(
    """
    {pairs}

    select
        activity_type,
        activity_id,
        first_reviewer,
        first_choice,
        reviewer as second_reviewer,
        choice as second_choice,
        decided_at
    from pairs
    where choice <> first_choice
    order by decision_id desc
    limit 50
    """
).format(pairs=PAIRS)


def read_agreement(source: Source) -> Row:
    """Return how many were compared and agreed, the share and Cohen's kappa."""
    return source.rows(AGREEMENT, _parameters())[0]


def read_disagreed(source: Source) -> list[Row]:
    """Return the newest second reviews that came to something else."""
    return source.rows(DISAGREED, _parameters())


def _parameters() -> dict[str, Any]:
    return {"second": SECOND_REVIEW, "first": FIRST_OPINION}
