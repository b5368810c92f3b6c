-- One row an activity whose score people answered, by the points that hold now. Of what
-- waited, people decided some. Of what is automatic they only say what is wrong, so the
-- rest counts as right: that share is the best that can be true.
with

review_scores as (

    select * from {{ ref('int_review_scores') }}

),

associations as (

    select * from {{ ref('campaign_associations') }}

),

decisions as (

    select * from {{ ref('int_current_decisions') }}

),

instances as (

    select * from {{ ref('stg_platform__program_instances') }}

),

points as (

    select * from {{ ref('int_scoring_points') }}

),

-- right is the very cohort that the rules propose; the campaign, where they have none
decided as (

    select
        'decided' as basis,
        review_scores.activity_type,
        review_scores.activity_id,
        review_scores.confidence,
        review_scores.group_signal,
        review_scores.points_company,
        review_scores.points_date,
        review_scores.points_group,
        review_scores.points_status,
        review_scores.points_instance,
        review_scores.is_doubtful,
        decisions.decision,
        coalesce(
            case
                when review_scores.best_program_instance_id is null
                    then instances.campaign_id = review_scores.campaign_id
                else
                    decisions.program_instance_id
                    = review_scores.best_program_instance_id
            end, false
        ) as is_right
    from review_scores
    inner join decisions
        on
            review_scores.activity_type = decisions.activity_type
            and review_scores.activity_id = decisions.activity_id
    left join instances
        on decisions.program_instance_id = instances.program_instance_id

),

-- decisions about several activities of a person teach the rules about each of them: what
-- they said of a corrected one is not known any more
taught as (

    select associations.beneficiary_id
    from associations
    inner join decisions
        on
            associations.activity_type = decisions.activity_type
            and associations.activity_id = decisions.activity_id
    where decisions.program_instance_id is not null
    group by associations.beneficiary_id
    having count(*) > 1

),

automatic as (

    select
        'automatic' as basis,
        associations.activity_type,
        associations.activity_id,
        associations.confidence,
        associations.group_signal,
        associations.points_company,
        associations.points_date,
        associations.points_group,
        associations.points_status,
        associations.points_instance,
        false as is_doubtful,
        decisions.decision,
        coalesce(decisions.decision, 'accepted') = 'accepted' as is_right
    from associations
    left join decisions
        on
            associations.activity_type = decisions.activity_type
            and associations.activity_id = decisions.activity_id
    left join review_scores
        on
            associations.activity_type = review_scores.activity_type
            and associations.activity_id = review_scores.activity_id
    left join taught
        on
            associations.beneficiary_id = taught.beneficiary_id
            and associations.is_placed
    where
        (decisions.activity_id is null and associations.decision = 'auto')
        or (
            decisions.activity_id is not null
            and review_scores.activity_id is null
            and taught.beneficiary_id is null
            and associations.band = 'high'
        )

),

answers as (

    select * from decided
    union all
    select * from automatic

)

select
    answers.basis,
    answers.activity_type,
    answers.activity_id,
    answers.confidence,
    answers.group_signal,
    answers.is_doubtful,
    answers.decision,
    answers.is_right
from answers
cross join points
where
    answers.points_company = points.company_match
    and answers.points_date = points.date_match
    and answers.points_group
    = {{ points_of('answers.group_signal', [
        'enrolled', 'group_exact', 'group_partial', 'group_open',
    ], 'points') }}
    and answers.points_status
    in (0, points.campaign_active, points.campaign_recruiting)
    and answers.points_instance in (0, points.active_instance)
