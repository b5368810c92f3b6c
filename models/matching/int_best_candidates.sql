-- One row an activity to score: the best candidate, if any, its campaign, its band, and
-- whether the beneficiary's placement elsewhere casts doubt on it.
with

best as (

    select * from {{ ref('int_first_candidates') }}

),

campaigns as (

    select * from {{ ref('int_campaigns') }}

),

placed_elsewhere as (

    select * from {{ ref('int_placed_elsewhere') }}

)

select
    best.*,
    campaigns.company_id,
    campaigns.status as campaign_status,
    campaigns.window_text as campaign_window,
    case
        when best.campaign_id is null then 'none'
        else {{ band('best.confidence') }}
    end as band,
    placed_elsewhere.activity_id is not null as is_placed_elsewhere
from best
left join campaigns
    on best.campaign_id = campaigns.campaign_id
left join placed_elsewhere
    on
        best.activity_type = placed_elsewhere.activity_type
        and best.activity_id = placed_elsewhere.activity_id
