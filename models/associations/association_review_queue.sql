-- One row an activity that waits for a person: its candidates, best first, and what it
-- would take to be associated without one.
with

associations as (

    -- read twice, so copied: a third of the columns, and none of the long ones
    select
        activity_type,
        activity_id,
        activity_date,
        beneficiary_id,
        company_id,
        campaign_id,
        confidence,
        band,
        review_reason,
        candidate_count,
        margin,
        is_tied,
        is_placed_elsewhere,
        associated_at
    from {{ ref('campaign_associations') }}
    where decision = 'review'

),

-- for incremental runs and backfills
activities as ( -- noqa: ST03

    select * from {{ ref('int_activities_to_score') }}

),

ranked as (

    select * from {{ ref('int_ranked_campaigns') }}

),

locked as (

    select * from {{ ref('int_locked_associations') }}

),

-- what did not change has its row in the queue already, and nobody can decide about
-- closed books
waiting as (

    select associations.*
    from associations
    {% if is_incremental() or is_backfill() %}
    inner join activities
        on
            associations.activity_type = activities.activity_type
            and associations.activity_id = activities.activity_id
    {% endif %}
    left join locked
        on
            associations.activity_type = locked.activity_type
            and associations.activity_id = locked.activity_id
    where locked.activity_id is null

),

listed as (

    select ranked.*
    from ranked
    inner join waiting
        on
            ranked.activity_type = waiting.activity_type
            and ranked.activity_id = waiting.activity_id

),

candidates as (

    select
        activity_type,
        activity_id,
        cast(max(
            case
                when candidate_rank = 1
                    then cast(program_instance_id as {{ dbt.type_string() }})
            end
        ) as {{ id_type() }}) as best_program_instance_id,
        {{ json_list([
            'candidate_rank', 'campaign_id', 'program_instance_id', 'confidence',
            'points_company', 'points_date', 'points_group', 'points_status',
            'points_instance', 'group_signal', 'tag_similarity', 'is_placed',
            'cohort_ambiguous',
        ], order_by='candidate_rank') }} as candidates
    from listed
    group by
        activity_id,
        activity_type

),

queued as (

    select
        waiting.activity_type,
        waiting.activity_id,
        waiting.activity_date,
        waiting.beneficiary_id,
        waiting.company_id,
        waiting.campaign_id,
        candidates.best_program_instance_id,
        waiting.confidence,
        waiting.band,
        waiting.review_reason,
        waiting.candidate_count,
        waiting.margin,
        candidates.candidates,
        {{ steps_to_auto('waiting', 'candidates') }} as steps_to_auto,
        waiting.associated_at as waiting_since
    from waiting
    left join candidates
        on
            waiting.activity_type = candidates.activity_type
            and waiting.activity_id = candidates.activity_id

)

select queued.*
from queued
{% if is_incremental() %}
left join {{ this }} as recorded
    on
        queued.activity_type = recorded.activity_type
        and queued.activity_id = recorded.activity_id
where {{ rows_differ('queued', 'recorded', recorded_columns(this, [])) }}
{% endif %}
