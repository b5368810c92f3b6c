-- One row an activity and eligible campaign, with its signals and points; without any for
-- the rows without a campaign. The parts stay beside the score, so that it can be
-- explained.
with

eligible as (

    select * from {{ ref('int_eligible_campaigns') }}

),

-- the instance that covers the date, whoever comes
default_cohorts as (

    select * from {{ ref('int_cohort_windows') }}
    where beneficiary_id is null

),

-- the instance that the beneficiary is placed in and that covers the date
placed_cohorts as (

    select * from {{ ref('int_cohort_windows') }}
    where beneficiary_id is not null

),

matched as (

    select
        eligible.*,
        placed_cohorts.program_instance_id is not null as is_placed,
        coalesce(
            placed_cohorts.program_instance_id, default_cohorts.program_instance_id
        ) as program_instance_id,
        placed_cohorts.program_instance_id is null
        and coalesce(default_cohorts.covering_instances > 1, false) as cohort_ambiguous,
        {{ shared_tag_count('eligible.evidence_tags', 'eligible.group_tags') }} as shared_tags,
        {{ tag_count('eligible.evidence_tags') }} as evidence_tag_count,
        {{ tag_count('eligible.group_tags') }} as group_tag_count
    from eligible
    left join default_cohorts
        on
            eligible.campaign_id = default_cohorts.campaign_id
            and eligible.activity_date
            between default_cohorts.valid_from and default_cohorts.valid_to
    left join placed_cohorts
        on
            eligible.beneficiary_id = placed_cohorts.beneficiary_id
            and eligible.placement_view = placed_cohorts.placement_view
            and eligible.campaign_id = placed_cohorts.campaign_id
            and eligible.activity_date
            between placed_cohorts.valid_from and placed_cohorts.valid_to
    {{ computed_once() }}

),

signalled as (

    select
        matched.*,
        {{ group_signal(
            'is_placed', 'shared_tags', 'evidence_tag_count', 'group_tag_count'
        ) }} as group_signal,
        {{ status_signal('campaign_status') }} as status_signal,
        {{ tag_similarity(
            'shared_tags', 'evidence_tag_count', 'group_tag_count'
        ) }} as tag_similarity
    from matched

),

pointed as (

    select
        signalled.*,
        points.company_match as points_company,
        points.date_match as points_date,
        {{ points_of(
            'group_signal', ['enrolled', 'group_exact', 'group_partial', 'group_open'], 'points'
        ) }} as points_group,
        {{ points_of(
            'status_signal', ['campaign_active', 'campaign_recruiting'], 'points'
        ) }} as points_status,
        {{ points_of_instance('signalled.program_instance_id', 'points') }} as points_instance
    from signalled
    left join {{ ref('int_scoring_points') }} as points
        on signalled.campaign_id is not null

)

select
    activity_type,
    activity_id,
    beneficiary_id,
    placement_view,
    is_marked,
    program_type,
    activity_date,
    company_basis,
    obstacle,
    company_user_id,
    only_company_id,
    campaign_id,
    company_id,
    campaign_status,
    campaign_start_date,
    campaign_end_date,
    program_instance_id,
    is_placed,
    cohort_ambiguous,
    shared_tags,
    evidence_tag_count,
    group_tag_count,
    group_signal,
    tag_similarity,
    points_company,
    points_date,
    points_group,
    points_status,
    points_instance,
    case when campaign_id is not null then {{ confidence() }} end as confidence
from pointed
