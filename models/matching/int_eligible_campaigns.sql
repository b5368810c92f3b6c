-- One row an activity and campaign that is eligible for it: same company, date inside
-- the window, program type taken. A company without such a campaign, or none, is a row
-- without a campaign: who has no candidate need not be looked for among all activities.
with

activities as (

    select * from {{ ref('int_activities_to_score') }}

),

memberships as (

    select * from {{ ref('int_memberships') }}

),

campaigns as (

    select * from {{ ref('int_campaign_months') }}

)

select
    activities.activity_type,
    activities.activity_id,
    activities.beneficiary_id,
    activities.program_type,
    activities.activity_date,
    activities.evidence_tags,
    activities.placement_view,
    activities.is_marked,
    activities.company_basis,
    activities.obstacle,
    -- a candidate tells its company itself
    case when campaigns.campaign_id is null then activities.company_user_id end
        as company_user_id,
    case when campaigns.campaign_id is null then activities.only_company_id end
        as only_company_id,
    campaigns.campaign_id,
    campaigns.company_id,
    campaigns.status as campaign_status,
    campaigns.start_date as campaign_start_date,
    campaigns.end_date as campaign_end_date,
    campaigns.group_tags
from activities
left join memberships
    on activities.company_user_id = memberships.user_id
left join campaigns
    on
        activities.is_due
        and memberships.company_id = campaigns.company_id
        and activities.campaign_month = campaigns.campaign_month
        and {{ mostly(
            'activities.activity_date between campaigns.start_date and campaigns.end_date'
        ) }}
        and {{ takes_program_type('campaigns.program_type', 'activities.program_type') }}
