-- One row a threshold or signal that should be set otherwise, if what happens without a
-- person is to be right in a share (target_share) of cases: at least as many, as far as the
-- decisions so far can tell. Fewer than 20 answers suggest nothing.
with

targets as (

    {% for target in [0.90, 0.95, 0.98, 0.99] -%}
    select {{ target }} as target_share
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

steps as (

    select * from {{ ref('int_threshold_steps') }}
    where answers >= 20

),

signals as (

    select * from {{ ref('int_signal_precision') }}
    where
        answers >= 20
        and points_then is not null

),

-- without a person only what is right surely enough; back to people what surely is not
candidates as (

    select
        targets.target_share,
        steps.setting,
        steps.direction,
        steps.value_now,
        steps.value_then,
        steps.answers,
        steps.agreeing,
        steps.agreement,
        steps.agreement_lower,
        steps.agreement_upper
    from steps
    inner join targets
        on case
            when steps.setting = 'auto_threshold' and steps.direction = 'raise'
                then
                    steps.agreement_upper < targets.target_share
                    and steps.last_agreement_upper < targets.target_share
            else
                steps.agreement_lower >= targets.target_share
                and steps.last_agreement_upper >= targets.target_share
        end

    union all

    select
        targets.target_share,
        signals.signal as setting,
        case when signals.is_automatic then 'lower' else 'raise' end as direction,
        signals.points_now as value_now,
        signals.points_then as value_then,
        signals.answers,
        signals.agreeing,
        signals.agreement,
        signals.agreement_lower,
        signals.agreement_upper
    from signals
    inner join targets
        on case
            when signals.is_automatic then signals.agreement_upper < targets.target_share
            else signals.agreement_lower >= targets.target_share
        end

),

-- the safe direction first, and as far as the answers carry
ranked as (

    select
        *,
        row_number() over (
            partition by target_share, setting
            order by
                case when direction = 'raise' then 0 else 1 end,
                abs(value_then - value_now) desc
        ) as place
    from candidates

)

select
    target_share,
    setting,
    value_now,
    value_then,
    answers,
    agreeing,
    agreement,
    agreement_lower,
    agreement_upper
from ranked
where place = 1
