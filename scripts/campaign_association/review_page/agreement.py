"""How far two reviewers agree: second reviews beside the decisions before them."""

from typing import Any

from psycopg import sql

from campaign_association.review_page.items import SECOND_REVIEW
from campaign_association.review_page.source import Row, Source

# the instance chosen, or that it was rejected; a withdrawn decision is no opinion
PAIRS = sql.SQL(
    """
    with opinions as (
        select
            decision_id,
            activity_type,
            activity_id,
            reviewer,
            reason,
            decided_at,
            decision,
            coalesce(program_instance_id::text, decision) as choice,
            lag(reviewer) over earlier as first_reviewer,
            lag(decision) over earlier as first_decision,
            lag(coalesce(program_instance_id::text, decision)) over earlier
                as first_choice
        from association_ops.review_decisions
        window earlier as (
            partition by activity_type, activity_id order by decision_id
        )
    ),

    pairs as (
        select * from opinions
        where reason = %(second)s
            and decision <> 'withdrawn'
            and first_decision <> 'withdrawn'
            and first_reviewer <> reviewer
            -- a second review that was taken back is no opinion either
            and not exists (
                select from association_ops.review_decisions as later
                where later.activity_type = opinions.activity_type
                    and later.activity_id = opinions.activity_id
                    and later.decision_id > opinions.decision_id
                    and later.decision = 'withdrawn'
                    and later.reviewer = opinions.reviewer
            )
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
    return {"second": SECOND_REVIEW}
