-- One row a day: what the semantic layer joins metrics over time to.
with

days as (

    select
        min(metric_date) as first_date,
        greatest(max(metric_date), {{ as_of_date() }}) as last_date
    from {{ ref('campaign_metrics_daily') }}

)

select {{ each_date('first_date', 'last_date') }} as date_day
from days
