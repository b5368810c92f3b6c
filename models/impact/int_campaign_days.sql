-- One row a campaign and day to report on: from its first day to its last or today, and
-- any other day that one of its activities has. Where the start is not known, from the
-- first activity.
with

campaigns as (

    select * from {{ ref('stg_platform__campaigns') }}

),

activities as (

    select
        campaign_id,
        activity_date
    from {{ ref('int_counted_activities') }}
    where activity_date is not null
    group by campaign_id, activity_date

),

spans as (

    select
        campaigns.campaign_id,
        case
            when campaigns.start_date > {{ open_start() }} then campaigns.start_date
            else min(activities.activity_date)
        end as first_date,
        least(campaigns.end_date, {{ as_of_date() }}) as last_date
    from campaigns
    left join activities
        on campaigns.campaign_id = activities.campaign_id
    group by campaigns.campaign_id, campaigns.start_date, campaigns.end_date

)

select
    campaign_id,
    {{ each_date('first_date', 'last_date') }} as metric_date
from spans

union

select
    campaign_id,
    activity_date as metric_date
from activities
