-- Every figure of campaign_metrics, computed again from the rows of metric_evidence alone
-- and the campaign's own targets. A row of the result is a campaign, scope and figure that
-- does not come out the same. Of more than 500 campaigns it takes 500, other ones on
-- another day: a run shall not be slow for it.
{%- set figures = [
    'activities', 'sessions', 'matches', 'completions', 'volunteers', 'beneficiaries', 'hours',
    'outcome_scores', 'valued_scores', 'investment_usd', 'social_value_usd', 'sroi', 'vis',
] %}
with

scopes as (

    {{ scopes() }}

),

metrics as (

    select *
    from {{ ref('campaign_metrics') }}
    order by {{ text_hash('concat(campaign_id, as_of_date)') }}
    limit 500

),

evidence as (

    select
        evidence.*,
        scopes.scope
    from {{ ref('metric_evidence') }} as evidence
    inner join metrics
        on evidence.campaign_id = metrics.campaign_id
    inner join scopes
        on {{ is_in_scope('evidence') }}

),

counted as (

    select
        campaign_id,
        scope,
        coalesce(sum(quantity) filter (where metric = 'activities'), 0) as activities,
        coalesce(sum(quantity) filter (where metric = 'sessions'), 0) as sessions,
        coalesce(sum(quantity) filter (where metric = 'matches'), 0) as matches,
        coalesce(sum(quantity) filter (where metric = 'completions'), 0) as completions,
        coalesce(sum(quantity) filter (where metric = 'hours'), 0) as hours,
        count(quantity) filter (where metric = 'outcome_scores') as outcome_scores,
        count(quantity) filter (where metric = 'social_value_usd') as valued_scores,
        -- one amount that is not known makes the sum unknown
        case
            when count(*) filter (where metric = 'investment_usd' and quantity is null) = 0
                then coalesce(sum(quantity) filter (where metric = 'investment_usd'), 0)
        end as investment_usd
    from evidence
    group by campaign_id, scope

),

-- one row a volunteer
volunteers as (

    select
        campaign_id,
        scope,
        volunteer_id,
        coalesce(sum(quantity) filter (where metric = 'hours'), 0) as hours,
        coalesce(sum(quantity) filter (where metric = 'sessions'), 0) * 30.0
        / greatest(
            30,
            {{ days_between(
                "min(activity_date) filter (where metric = 'sessions')",
                "max(activity_date) filter (where metric = 'sessions')"
            ) }}
        ) as pace,
        avg(quantity) filter (where metric = 'outcome_scores') - 0.4 as above_threshold
    from evidence
    where
        volunteer_id is not null
        and metric in ('volunteers', 'sessions', 'hours', 'outcome_scores')
    group by campaign_id, scope, volunteer_id

),

impacts as (

    select
        campaign_id,
        scope,
        count(*) as volunteers,
        avg(
            0.3 * least(100, hours)
            + 0.3 * case
                when pace >= 8 then 100 when pace >= 4 then 75 when pace >= 2 then 50
                when pace > 0 then 25 else 0
            end
            + 0.4 * greatest(0, coalesce(above_threshold, 0)) * 100 / 0.9
        ) as vis
    from volunteers
    group by campaign_id, scope

),

beneficiaries as (

    select
        campaign_id,
        scope,
        count(distinct beneficiary_id) as beneficiaries
    from evidence
    where metric = 'beneficiaries'
    group by campaign_id, scope

),

-- one row a beneficiary and outcome
reached as (

    select
        campaign_id,
        scope,
        count(quantity) as scores,
        sum(coalesce(confidence, 0.85)) filter (where quantity is not null) as confidence,
        greatest(0, avg(quantity) - 0.3) * max(unit_value_usd) as value_usd
    from evidence
    where metric = 'social_value_usd'
    group by campaign_id, scope, beneficiary_id, outcome

),

social_values as (

    select
        campaign_id,
        scope,
        sum(value_usd)
        * case when sum(confidence) / sum(scores) < 0.7 then 0.8 else 1 end
            as social_value_usd
    from reached
    group by campaign_id, scope

),

recomputed as (

    select
        metrics.campaign_id,
        scopes.scope,
        coalesce(counted.activities, 0) as activities,
        coalesce(counted.sessions, 0) as sessions,
        coalesce(counted.matches, 0) as matches,
        coalesce(counted.completions, 0) as completions,
        coalesce(impacts.volunteers, 0) as volunteers,
        coalesce(beneficiaries.beneficiaries, 0) as beneficiaries,
        coalesce(counted.hours, 0) as hours,
        coalesce(counted.outcome_scores, 0) as outcome_scores,
        coalesce(counted.valued_scores, 0) as valued_scores,
        case
            when counted.campaign_id is null then 0 else counted.investment_usd
        end as investment_usd,
        social_values.social_value_usd,
        social_values.social_value_usd / nullif(counted.investment_usd, 0) as sroi,
        impacts.vis
    from metrics
    cross join scopes
    left join counted
        on
            metrics.campaign_id = counted.campaign_id
            and scopes.scope = counted.scope
    left join impacts
        on
            metrics.campaign_id = impacts.campaign_id
            and scopes.scope = impacts.scope
    left join beneficiaries
        on
            metrics.campaign_id = beneficiaries.campaign_id
            and scopes.scope = beneficiaries.scope
    left join social_values
        on
            metrics.campaign_id = social_values.campaign_id
            and scopes.scope = social_values.scope

),

compared as (
    {%- for figure in figures %}

    select
        recomputed.campaign_id,
        recomputed.scope,
        '{{ figure }}' as figure,
        recomputed.{{ figure }} as from_evidence,
        case recomputed.scope
            when 'confirmed' then metrics.{{ figure }}_confirmed
            else metrics.{{ figure }}_with_pending
        end as in_metrics
    from recomputed
    inner join metrics
        on recomputed.campaign_id = metrics.campaign_id
    {{ "union all" if not loop.last }}
    {%- endfor %}

)

select *
from compared
where
    (from_evidence is null) <> (in_metrics is null)
    -- in_metrics is rounded to 2 places at least
    or abs(from_evidence - in_metrics) > 0.0051
