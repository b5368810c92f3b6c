-- One row a score value, basis and whether something beside the score casts doubt (no
-- cohort, a tie, a placement elsewhere): how often the rules were right.
with

answers as (

    select
        basis,
        is_doubtful,
        confidence,
        cast(sum(answers) as bigint) as answers,
        cast(coalesce(sum(answers) filter (where is_right), 0) as bigint) as agreeing,
        count(*) filter (where decision = 'reassigned') as reassigned,
        count(*) filter (where decision = 'rejected') as rejected
    from {{ ref('int_score_answers') }}
    group by
        basis,
        is_doubtful,
        confidence

)

select
    basis,
    is_doubtful,
    confidence,
    reassigned,
    rejected,
    {{ agreement('agreeing', 'answers') }}
from answers
