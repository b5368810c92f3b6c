-- One row an outcome score of an activity that counts for a campaign (outcome_score_id).
-- A score belongs to the activity its text is about; feedback on a match and the match's
-- check-ins belong to the match.
with

scores as (

    select * from {{ ref('stg_platform__outcome_scores') }}
    where score is not null

),

feedback as (

    select * from {{ ref('stg_platform__buddy_feedback') }}

),

checkins as (

    select * from {{ ref('stg_platform__buddy_checkins') }}

),

activities as (

    select * from {{ ref('int_counted_activities') }}

),

dimensions as (

    select * from {{ ref('outcome_dimensions') }}

),

rates as (

    select * from {{ ref('impact_rates') }}

),

located as (

    select
        scores.*,
        'session' as activity_type,
        scores.text_id as activity_id
    from scores
    where scores.text_type = 'kintell_feedback'

    union all

    select
        scores.*,
        'match' as activity_type,
        feedback.match_id as activity_id
    from scores
    inner join feedback
        on scores.text_id = feedback.buddy_feedback_id
    where scores.text_type = 'buddy_feedback'

    union all

    select
        scores.*,
        'match' as activity_type,
        checkins.match_id as activity_id
    from scores
    inner join checkins
        on scores.text_id = checkins.buddy_checkin_id
    where scores.text_type = 'checkin_note'

)

select
    located.outcome_score_id,
    activities.activity_type,
    activities.activity_id,
    activities.campaign_id,
    activities.beneficiary_id,
    activities.volunteer_id,
    activities.activity_date,
    activities.is_confirmed,
    dimensions.outcome,
    located.score,
    located.confidence,
    -- social value is that of a beneficiary: without one there is none
    case when activities.beneficiary_id is not null then rates.usd end as unit_value_usd
from located
inner join activities
    on
        located.activity_type = activities.activity_type
        and located.activity_id = activities.activity_id
left join dimensions
    on located.dimension = dimensions.dimension
left join rates
    on dimensions.outcome = rates.rate
