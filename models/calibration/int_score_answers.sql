-- One row an activity whose score people answered, by the points that hold now; and one row
-- a score of what is automatic and undecided, with the number of its activities (answers).
-- Of what waited, people decided some. Of what is automatic they only say what is wrong, so
-- the rest counts as right: that share is the best that can be true.
with

review_scores as (

    select * from {{ ref('int_review_scores') }}

),

automatic_scores as (

    select * from {{ ref('int_automatic_scores') }}

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
        {{ score_columns('review_scores') | indent(4) }},
        review_scores.is_doubtful,
        decisions.decision,
        1 as answers,
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

overruled as (

    select
        associations.*,
        decisions.decision as word,
        decisions.program_instance_id as chosen_id
    from decisions
    inner join associations
        on
            decisions.activity_type = associations.activity_type
            and decisions.activity_id = associations.activity_id

),

-- decisions about several activities of a person teach the rules about each of them: what
-- they said of a corrected one is not known any more
taught as (

    select beneficiary_id
    from overruled
    where chosen_id is not null
    group by beneficiary_id
    having count(*) > 1

),

corrected as (

    select
        'automatic' as basis,
        overruled.activity_type,
        overruled.activity_id,
        {{ score_columns('overruled') | indent(4) }},
        false as is_doubtful,
        overruled.word as decision,
        1 as answers,
        overruled.word = 'accepted' as is_right
    from overruled
    left join review_scores
        on
            overruled.activity_type = review_scores.activity_type
            and overruled.activity_id = review_scores.activity_id
    left join taught
        on
            overruled.beneficiary_id = taught.beneficiary_id
            and overruled.is_placed
    where
        review_scores.activity_id is null
        and taught.beneficiary_id is null
        and overruled.band = 'high'

),

-- what the last run made automatic, but for what people decided since
left_alone as (

    select
        {{ score_columns() | indent(4) }},
        activities
    from automatic_scores

    union all

    select
        {{ score_columns() | indent(4) }},
        -1 as activities
    from overruled
    where decision = 'auto'

),

undecided as (

    select
        'automatic' as basis,
        cast(null as {{ dbt.type_string() }}) as activity_type,
        cast(null as {{ id_type() }}) as activity_id,
        {{ score_columns() | indent(4) }},
        false as is_doubtful,
        cast(null as {{ dbt.type_string() }}) as decision,
        sum(activities) as answers,
        true as is_right
    from left_alone
    group by
        {{ score_columns() | indent(4) }}
    having sum(activities) > 0

),

answers as (

    select * from decided
    union all
    select * from corrected
    union all
    select * from undecided

)

select
    answers.basis,
    answers.activity_type,
    answers.activity_id,
    answers.confidence,
    answers.group_signal,
    answers.is_doubtful,
    answers.decision,
    answers.answers,
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
