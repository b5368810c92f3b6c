-- The other campaigns of one activity's companies, and by what each of them missed it;
-- nearest first. Compiled by the command explain: macros/runs/explaining.
with

activities as (

    select
        *,
        {{ finite_date('activity_date') }} as finite_activity_date
    from {{ ref('int_activities_to_score') }}

),

memberships as (

    select * from {{ ref('int_memberships') }}

),

campaigns as (

    select * from {{ ref('int_campaigns') }}

),

-- int_campaigns only says whether a campaign counts, not why it does not
settings as (

    select * from {{ ref('stg_platform__campaigns') }}

),

eligible as (

    select * from {{ ref('int_eligible_campaigns') }}

),

others as (

    select
        campaigns.campaign_id,
        campaigns.company_id,
        campaigns.status,
        campaigns.program_type,
        campaigns.start_date,
        campaigns.end_date,
        coalesce(campaigns.status, 'draft') = 'draft' as is_draft,
        not settings.is_active as is_inactive,
        {{ takes_program_type(
            'campaigns.program_type', 'activities.program_type'
        ) }} as is_right_program_type,
        not activities.is_due as is_not_due,
        activities.activity_date,
        {{ days_outside('activities.finite_activity_date', 'campaigns') }} as days_outside
    from activities
    inner join memberships
        on activities.company_user_id = memberships.user_id
    inner join campaigns
        on memberships.company_id = campaigns.company_id
    inner join settings
        on campaigns.campaign_id = settings.campaign_id
    left join eligible
        on campaigns.campaign_id = eligible.campaign_id
    where eligible.campaign_id is null

)

select
    campaign_id,
    company_id,
    status,
    program_type,
    start_date,
    end_date,
    days_outside,
    {{ present_texts([
        "case when is_draft then 'draft' end",
        "case when is_inactive then 'inactive' end",
        "case when activity_date is null then 'no_date' end",
        "case when activity_date is not null and is_not_due then 'future_dated' end",
        "case when coalesce(start_date > end_date, true) then 'no_window' end",
        "case when activity_date < start_date and start_date <= end_date "
            ~ "then 'before_window' end",
        "case when activity_date > end_date and start_date <= end_date "
            ~ "then 'after_window' end",
        "case when not is_right_program_type then 'program_type' end",
    ]) }} as missed_by
from others
order by
    is_draft or is_inactive,
    days_outside,
    not is_right_program_type,
    campaign_id
