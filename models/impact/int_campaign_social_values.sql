-- One row a campaign and scope that has outcome scores: how many, and the social value of
-- those that are valued (NULL where none is).
with

scopes as (

    {{ scopes() }}

),

scores as (

    select * from {{ ref('int_activity_scores') }}

),

-- what each beneficiary has reached, an outcome at a time
reached as (

    select
        scores.campaign_id,
        scopes.scope,
        scores.unit_value_usd,
        count(*) as scores,
        sum(coalesce(scores.confidence, 0.85)) as confidence,
        {{ improvement('avg(scores.score)') }} as improvement
    from scores
    inner join scopes
        on {{ is_in_scope('scores') }}
    group by
        scores.campaign_id,
        scopes.scope,
        scores.beneficiary_id,
        scores.outcome,
        scores.unit_value_usd

),

summed as (

    select
        campaign_id,
        scope,
        sum(scores) as outcome_scores,
        sum(scores) filter (where unit_value_usd is not null) as valued_scores,
        sum(confidence) filter (where unit_value_usd is not null) as confidence,
        sum(greatest(0, improvement) * unit_value_usd) as value_usd
    from reached
    group by campaign_id, scope

)

select
    campaign_id,
    scope,
    cast(outcome_scores as bigint) as outcome_scores,
    cast(coalesce(valued_scores, 0) as bigint) as valued_scores,
    confidence / valued_scores as valued_confidence,
    -- unsure scores count for less
    value_usd * case when confidence / valued_scores < 0.7 then 0.8 else 1 end
        as social_value_usd
from summed
