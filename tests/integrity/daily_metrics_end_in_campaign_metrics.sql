-- On the last day of a campaign in campaign_metrics_daily, the figures to date are those of
-- campaign_metrics.
{%- set figures = [
    'activities', 'sessions', 'matches', 'completions', 'hours', 'volunteers',
    'beneficiaries',
] %}
with

ends as (

    select
        campaign_id,
        max(metric_date) as metric_date
    from {{ ref('campaign_metrics_daily') }}
    group by campaign_id

),

last_days as (

    select daily.*
    from {{ ref('campaign_metrics_daily') }} as daily
    inner join ends
        on
            daily.campaign_id = ends.campaign_id
            and daily.metric_date = ends.metric_date

),

compared as (
    {%- for figure in figures %}

    select
        metrics.campaign_id,
        '{{ figure }}' as figure,
        metrics.{{ figure }}_confirmed <> last_days.{{ figure }}_to_date_confirmed
        or metrics.{{ figure }}_with_pending <> last_days.{{ figure }}_to_date_with_pending
            as is_different
    from {{ ref('campaign_metrics') }} as metrics
    inner join last_days
        on metrics.campaign_id = last_days.campaign_id
    {{ "union all" if not loop.last }}
    {%- endfor %}

)

select *
from compared
where is_different is not false
