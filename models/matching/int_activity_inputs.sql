-- One row an activity, with the facts that decide about it: whose companies count, whose
-- tags, the view of the placements. As long as their fingerprint stays, the association
-- stays, too. It is taken of all activities in every run, so nothing here may be costly
-- or keep PostgreSQL from working in parallel: tags are taken apart later, and what can be
-- fingerprinted once a person is.
with

activities as (

    {{ wanted_activities() }}
    {{ computed_once() }}

),

-- twice, since a CTE with two readers keeps PostgreSQL from working in parallel
beneficiaries as (

    select * from {{ ref('int_people') }}

),

volunteers as (

    select * from {{ ref('int_people') }}

),

-- a decision that places the beneficiary is no evidence for its own activity
decided as (

    select
        *,
        case when {{ teaches('decision') }} then {{ activity_key('decisions') }} end as own_view,
        {{ row_hash([
            'decision', 'holds', 'program_instance_id', 'campaign_id', 'company_id',
        ]) }} as decision_hash
    from {{ ref('int_decided_activities') }} as decisions

),

locked as (

    select * from {{ ref('int_locked_associations') }}

),

campaigns as (

    select * from {{ ref('int_company_fingerprints') }}

),

own_placements as (

    select * from {{ ref('int_placement_fingerprints') }}
    where placement_view <> ''

),

rules as (

    select rules_version from {{ ref('int_rules_version') }}

),

described as (

    select
        activities.activity_type,
        activities.activity_id,
        activities.beneficiary_id,
        coalesce(beneficiaries.is_known, false) as is_beneficiary_known,
        activities.program_type,
        activities.activity_date,
        coalesce(activities.activity_date <= {{ as_of_date() }}, false) as is_due,
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
        coalesce(decided.own_view, '') as placement_view,
        beneficiaries.person_hash as beneficiary_hash,
        -- of the volunteer only the companies count, and only where the beneficiary has none
        case
            when beneficiaries.is_member then null
            else volunteers.person_hash
        end as volunteer_hash,
        decided.decision_hash,
        own_placements.placements_hash,
        locked.activity_id is not null as is_locked
    from activities
    left join beneficiaries
        on activities.beneficiary_id = beneficiaries.user_id
    left join volunteers
        on activities.volunteer_id = volunteers.user_id
    left join decided
        on
            activities.activity_type = decided.activity_type
            and activities.activity_id = decided.activity_id
    left join own_placements
        on
            activities.beneficiary_id = own_placements.beneficiary_id
            and decided.own_view = own_placements.placement_view
    left join locked
        on
            activities.activity_type = locked.activity_type
            and activities.activity_id = locked.activity_id

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
    {{ row_hash([
        'with_campaigns.beneficiary_id', 'with_campaigns.beneficiary_hash',
        'with_campaigns.company_user_id', 'with_campaigns.volunteer_hash',
        'with_campaigns.program_type', 'with_campaigns.activity_date',
        'with_campaigns.is_due', 'with_campaigns.skill_tags_json',
        'with_campaigns.decision_hash', 'with_campaigns.is_locked',
        'with_campaigns.placement_view', 'with_campaigns.placements_hash',
        'with_campaigns.campaigns_hash', '(select rules_version from rules)',
    ]) }} as input_hash
from with_campaigns
