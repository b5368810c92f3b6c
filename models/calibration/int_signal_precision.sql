-- One row a group signal: whether its points are enough for an automatic association in an
-- active campaign with a cohort, what people say of these activities, and the points that
-- would turn it round.
with

answers as (

    select
        group_signal as signal,
        basis,
        cast(sum(answers) as bigint) as answers,
        cast(coalesce(sum(answers) filter (where is_right), 0) as bigint) as agreeing
    from {{ ref('int_score_answers') }}
    where not is_doubtful
    group by
        group_signal,
        basis

),

points as (

    select * from {{ ref('int_scoring_points') }}

),

-- what a company and a date bring alone
alone as (

    select
        *,
        {{ points_without_group('points') }} as points_alone
    from points

),

reach as (

    select
        *,
        cast(ceil({{ var('auto_threshold') }}) as integer) - points_alone as points_needed
    from alone

),

signals as (

    {% for signal in ['enrolled', 'group_exact', 'group_partial', 'group_open'] -%}
    select
        '{{ signal }}' as signal,
        {{ signal }} as points_now,
        points_alone,
        points_needed
    from reach
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

-- points are at least 0: those of a company and a date alone no signal can take away
turned as (

    select
        signal,
        points_now,
        points_alone,
        points_now >= points_needed as is_automatic,
        case
            when points_now < points_needed then points_needed
            when points_needed > 0 then points_needed - 1
        end as points_then
    from signals

)

select
    turned.signal,
    turned.points_now,
    turned.points_alone,
    turned.is_automatic,
    turned.points_then,
    {{ agreement('coalesce(answers.agreeing, 0)', 'coalesce(answers.answers, 0)') }}
from turned
left join answers
    on
        turned.signal = answers.signal
        and answers.basis = case when turned.is_automatic then 'automatic' else 'decided' end
