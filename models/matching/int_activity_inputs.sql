-- One row an activity, with the facts that decide about it: whose companies count, the
-- evidence tags, the view of the placements. As long as their fingerprint stays, the
-- association stays, too.
with

activities as (

    {{ wanted_activities() }}
    {{ computed_once() }}

),

users as (

    select * from {{ ref('stg_platform__users') }}
    {{ computed_once() }}

),

-- twice, since a CTE with two readers keeps PostgreSQL from working in parallel
beneficiary_members as (

    select * from {{ ref('int_company_members') }}

),

volunteer_members as (

    select * from {{ ref('int_company_members') }}

),

decided as (

    select * from {{ ref('int_decided_activities') }}

),

placements as (

    select * from {{ ref('int_placement_fingerprints') }}

),

rules as (

    select * from {{ ref('int_rules_version') }}

),

described as (

    select
        activities.activity_type,
        activities.activity_id,
        activities.beneficiary_id,
        users.user_id is not null as is_beneficiary_known,
        activities.program_type,
        activities.activity_date,
        coalesce(activities.activity_date <= {{ as_of_date() }}, false) as is_due,
        case
            when beneficiary_members.user_id is not null then 'beneficiary'
            when volunteer_members.user_id is not null then 'volunteer'
        end as company_basis,
        coalesce(
            beneficiary_members.user_id, volunteer_members.user_id
        ) as company_user_id,
        case
            when beneficiary_members.user_id is not null
                then beneficiary_members.only_company_id
            else volunteer_members.only_company_id
        end as only_company_id,
        {{ tag_union(
            'coalesce(users.tags, ' ~ no_tags() ~ ')', 'activities.skill_tags'
        ) }} as evidence_tags,
        -- a decision that places the beneficiary is no evidence for its own activity
        case
            when {{ teaches('decided.decision') }} then {{ activity_key('activities') }}
            else ''
        end as placement_view,
        case
            when beneficiary_members.user_id is not null
                then beneficiary_members.campaigns_hash
            else volunteer_members.campaigns_hash
        end as campaigns_hash,
        {{ row_hash([
            'decided.decision', 'decided.holds', 'decided.program_instance_id',
            'decided.campaign_id', 'decided.company_id',
        ]) }} as decision_hash
    from activities
    left join users
        on activities.beneficiary_id = users.user_id
    left join beneficiary_members
        on activities.beneficiary_id = beneficiary_members.user_id
    left join volunteer_members
        on activities.volunteer_id = volunteer_members.user_id
    left join decided
        on
            activities.activity_type = decided.activity_type
            and activities.activity_id = decided.activity_id
    {{ computed_once() }}

)

select
    described.activity_type,
    described.activity_id,
    described.beneficiary_id,
    described.is_beneficiary_known,
    described.program_type,
    described.activity_date,
    described.is_due,
    described.company_basis,
    described.company_user_id,
    described.only_company_id,
    described.evidence_tags,
    described.placement_view,
    {{ row_hash([
        'described.beneficiary_id', 'described.is_beneficiary_known',
        'described.program_type', 'described.activity_date', 'described.is_due',
        'described.company_basis', 'described.company_user_id',
        'described.only_company_id', 'described.evidence_tags',
        'described.campaigns_hash', 'described.decision_hash',
        'placements.placements_hash', 'rules.rules_version',
    ]) }} as input_hash
from described
left join placements
    on
        described.beneficiary_id = placements.beneficiary_id
        and described.placement_view = placements.placement_view
cross join rules
