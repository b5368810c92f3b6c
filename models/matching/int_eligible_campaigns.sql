-- One row an activity and campaign that is eligible for it: same company, date inside
-- the window, program type taken.
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
    campaigns.campaign_id,
    campaigns.company_id,
    campaigns.status as campaign_status,
    campaigns.start_date as campaign_start_date,
    campaigns.end_date as campaign_end_date,
    campaigns.group_tags
from activities
inner join memberships
    on activities.company_user_id = memberships.user_id
inner join campaigns
    on
        memberships.company_id = campaigns.company_id
        and activities.campaign_month = campaigns.campaign_month
        and {{ mostly(
            'activities.activity_date between campaigns.start_date and campaigns.end_date'
        ) }}
        and {{ takes_program_type('campaigns.program_type', 'activities.program_type') }}
where activities.is_due
