-- What would other points or thresholds do to every campaign's counts? One row a campaign
-- that anything changes for, the largest change first. "Confirmed" counts what is
-- associated automatically or by a person, "with pending" what is in review as well. How
-- to prepare it: analyses/compare_rules.
with

compared as (

    {{ compared_associations() }}

),

-- an activity counts for the campaign it has now and for the one it would have then
counted as (

    select
        campaign_now as campaign_id,
        decision_now in {{ confirming_decisions() }} as is_confirmed_now,
        false as is_confirmed_then,
        decision_now in {{ confirming_decisions() }}
        or decision_now = 'review' as is_with_pending_now,
        false as is_with_pending_then,
        is_different
    from compared

    union all

    select
        campaign_then as campaign_id,
        false as is_confirmed_now,
        decision_then in {{ confirming_decisions() }} as is_confirmed_then,
        false as is_with_pending_now,
        decision_then in {{ confirming_decisions() }}
        or decision_then = 'review' as is_with_pending_then,
        is_different
    from compared

),

campaigns as (

    select
        campaign_id,
        count(*) filter (where is_confirmed_now) as confirmed_now,
        count(*) filter (where is_confirmed_then) as confirmed_then,
        count(*) filter (where is_with_pending_now) as with_pending_now,
        count(*) filter (where is_with_pending_then) as with_pending_then
    from counted
    where campaign_id is not null
    group by campaign_id
    having bool_or(is_different)

)

select *
from campaigns
order by
    abs(confirmed_then - confirmed_now) desc,
    abs(with_pending_then - with_pending_now) desc,
    campaign_id asc
