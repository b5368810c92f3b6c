-- One row a campaign with a target of volunteers and scope: the days on which it has 80%
-- and 100% of them. A day that has come is when the volunteer appeared; one to come is
-- forecast from the new volunteers of the last 28 days, as long as the campaign runs.
with

scopes as (

    {{ scopes() }}

),

campaigns as (

    select * from {{ ref('stg_platform__campaigns') }}
    where target_volunteers > 0

),

volunteers as (

    select * from {{ ref('int_campaign_people') }}
    where person_role = 'volunteer'

),

shares as (

    select
        80 as target_percent,
        0.8 as target_share
    union all
    select
        100 as target_percent,
        1.0 as target_share

),

goals as (

    select
        campaigns.campaign_id,
        coalesce(campaigns.end_date, {{ open_end() }}) as end_date,
        scopes.scope,
        shares.target_percent,
        ceil(campaigns.target_volunteers * shares.target_share) as needed
    from campaigns
    cross join scopes
    cross join shares

),

-- volunteers in the order they came; those of unknown days were there before
ranked as (

    select
        campaign_id,
        scope,
        first_date,
        row_number() over (
            partition by campaign_id, scope
            order by first_date asc nulls first, person_id asc
        ) as place
    from volunteers

),

paced as (

    select
        campaign_id,
        scope,
        count(*) as volunteers,
        count(*) filter (where {{ is_in_last_28_days('first_date') }}) as new_volunteers
    from volunteers
    group by campaign_id, scope

),

crossed as (

    select
        goals.*,
        ranked.first_date as crossed_on,
        ranked.place is not null as is_crossed,
        ceil(
            (goals.needed - paced.volunteers) * 28 / nullif(paced.new_volunteers, 0)
        ) as days_left
    from goals
    left join paced
        on
            goals.campaign_id = paced.campaign_id
            and goals.scope = paced.scope
    left join ranked
        on
            goals.campaign_id = ranked.campaign_id
            and goals.scope = ranked.scope
            and goals.needed = ranked.place

),

forecast as (

    select
        *,
        case
            when is_crossed then crossed_on
            when days_left <= {{ days_between(as_of_date(), 'end_date') }}
                then {{ shift_date(as_of_date(), 'cast(days_left as integer)') }}
        end as reached_on
    from crossed

)

select
    campaign_id,
    scope,
    max(reached_on) filter (where target_percent = 80) as reaches_80_percent_on,
    max(reached_on) filter (where target_percent = 100) as reaches_100_percent_on
from forecast
group by campaign_id, scope
