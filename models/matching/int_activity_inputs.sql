-- One row an activity that may have to be scored, with the facts that decide about it:
-- whose companies count, whose tags, the view of the placements. As long as their
-- fingerprint stays, the association stays, too. Nothing here may be costly or keep
-- PostgreSQL from working in parallel: tags are taken apart later, and what can be
-- fingerprinted once a person is.
with

activities as (

    select * from {{ ref('int_touched_activities') }}

),

-- twice, since a CTE with two readers keeps PostgreSQL from working in parallel
beneficiaries as (

    select * from {{ ref('int_people') }}

),

volunteers as (

    select * from {{ ref('int_people') }}

),

marked as (

    select * from {{ ref('int_marked_activities') }}

),

campaigns as (

    select * from {{ ref('int_company_fingerprints') }}

),

described as (

    select
        activities.activity_type,
        activities.activity_id,
        activities.beneficiary_id,
        coalesce(beneficiaries.is_known, false) as is_beneficiary_known,
        activities.program_type,
        activities.activity_date,
        activities.is_due,
        case
            when beneficiaries.is_member then 'beneficiary'
            when volunteers.is_member then 'volunteer'
        end as company_basis,
        case
            when beneficiaries.is_member then beneficiaries.user_id
            when volunteers.is_member then volunteers.user_id
        end as company_user_id,
        case
            when beneficiaries.is_member then beneficiaries.only_company_id
            else volunteers.only_company_id
        end as only_company_id,
        coalesce(beneficiaries.tags, {{ no_tags() }}) as beneficiary_tags,
        activities.skill_tags_json,
        coalesce(marked.placement_view, '') as placement_view,
        marked.mark_hash,
        marked.activity_id is not null as is_marked,
        activities.own_hash,
        activities.recorded_hash,
        beneficiaries.person_hash as beneficiary_hash,
        -- of the volunteer only the companies count, and only where the beneficiary has none
        case
            when beneficiaries.is_member then null
            else volunteers.person_hash
        end as volunteer_hash
    from activities
    left join beneficiaries
        on activities.beneficiary_id = beneficiaries.user_id
    left join volunteers
        on activities.volunteer_id = volunteers.user_id
    left join marked
        on
            activities.activity_id = marked.activity_id
            and activities.activity_type = marked.activity_type

),

dated as (

    select
        *,
        case when is_due then {{ fingerprint_month('activity_date') }} end as campaign_month
    from described

),

-- A window far from the activity's day cannot change its association. Joined by a
-- fingerprint, since three columns would be hashed and compared for every activity.
with_campaigns as (

    select
        dated.*,
        campaigns.campaigns_hash
    from dated
    left join campaigns
        on
            campaigns.company_month
            = {{ row_hash(['dated.only_company_id', 'dated.campaign_month']) }}

)

select
    with_campaigns.activity_type,
    with_campaigns.activity_id,
    with_campaigns.beneficiary_id,
    with_campaigns.is_beneficiary_known,
    with_campaigns.program_type,
    with_campaigns.activity_date,
    with_campaigns.is_due,
    with_campaigns.campaign_month,
    with_campaigns.company_basis,
    with_campaigns.company_user_id,
    with_campaigns.only_company_id,
    with_campaigns.beneficiary_tags,
    with_campaigns.skill_tags_json,
    with_campaigns.placement_view,
    with_campaigns.is_marked,
    with_campaigns.own_hash,
    with_campaigns.recorded_hash,
    {{ row_hash([
        'with_campaigns.own_hash', 'with_campaigns.beneficiary_hash',
        'with_campaigns.company_user_id', 'with_campaigns.volunteer_hash',
        'with_campaigns.mark_hash', 'with_campaigns.campaigns_hash',
    ]) }} as input_hash
from with_campaigns
