-- One row a threshold and a value it could have instead, one score further each: what
-- people say of the activities between the two. They agree where they decided as rules
-- without a person would: auto_threshold is about linking, review_threshold about leaving
-- activities unmatched. last_ is about the score furthest from the threshold alone, which
-- the crowd of better ones must not hide.
{#- written out each time: a view of Spark's cannot name a window -#}
{% set nearer -%}
    (
            partition by setting, direction
            order by abs(value_then - value_now) rows unbounded preceding
        )
{%- endset %}
with

answers as (

    select * from {{ ref('int_score_precision') }}

),

points as (

    select * from {{ ref('int_scoring_points') }}

),

-- more would be automatic; a company and a date alone never
lower_auto as (

    select
        'auto_threshold' as setting,
        'lower' as direction,
        {{ var('auto_threshold') }} as value_now,
        answers.confidence as value_then,
        answers.confidence,
        answers.answers,
        answers.agreeing
    from answers
    cross join points
    where
        answers.basis = 'decided'
        and not answers.is_doubtful
        and answers.confidence < {{ var('auto_threshold') }}
        and answers.confidence > {{ points_without_group('points') }}

),

-- less would be automatic; what has 100 always is
raise_auto as (

    select
        'auto_threshold' as setting,
        'raise' as direction,
        {{ var('auto_threshold') }} as value_now,
        confidence + 1 as value_then,
        confidence,
        answers,
        agreeing
    from answers
    where
        basis = 'automatic'
        and confidence >= {{ var('auto_threshold') }}
        and confidence < 100

),

-- less would wait for a person
raise_review as (

    select
        'review_threshold' as setting,
        'raise' as direction,
        {{ var('review_threshold') }} as value_now,
        least(confidence + 1, {{ var('auto_threshold') }}) as value_then,
        confidence,
        sum(answers) as answers,
        sum(rejected) as agreeing
    from answers
    where
        basis = 'decided'
        and confidence >= {{ var('review_threshold') }}
        and confidence < {{ var('auto_threshold') }}
    group by confidence

),

steps as (

    select * from lower_auto
    union all
    select * from raise_auto
    union all
    select * from raise_review

),

summed as (

    select
        setting,
        direction,
        value_now,
        value_then,
        confidence,
        answers as last_answers,
        agreeing as last_agreeing,
        sum(answers) over {{ nearer }} as answers,
        sum(agreeing) over {{ nearer }} as agreeing
    from steps

)

select
    setting,
    direction,
    value_now,
    value_then,
    confidence as last_score,
    last_answers,
    last_agreeing,
    {{ wilson_upper('last_agreeing', 'last_answers') }} as last_agreement_upper,
    {{ agreement('agreeing', 'answers') }}
from summed
