-- One row an activity that ever waited for a person: what the rules said of it, and the
-- candidates that people were shown, when it waited last. A decision teaches the rules, so
-- that their word of today is none that people have judged.
with

queue as (

    select * from {{ ref('association_review_queue') }}

),

associations as (

    select * from {{ ref('campaign_associations') }}

),

waiting as (

    select
        queue.activity_type,
        queue.activity_id,
        queue.campaign_id,
        queue.best_program_instance_id,
        queue.review_reason,
        queue.candidates,
        associations.confidence,
        associations.points_company,
        associations.points_date,
        associations.points_group,
        associations.points_status,
        associations.points_instance,
        associations.group_signal,
        associations.is_tied
        or associations.is_placed_elsewhere
        or queue.best_program_instance_id is null as is_doubtful
    from queue
    inner join associations
        on
            queue.activity_type = associations.activity_type
            and queue.activity_id = associations.activity_id
    -- a void decision was about what the rules said before
    where queue.review_reason <> 'stale_decision'

)

select waiting.*
from waiting
{% if is_incremental() %}
left join {{ this }} as recorded
    on
        waiting.activity_type = recorded.activity_type
        and waiting.activity_id = recorded.activity_id
where {{ rows_differ('waiting', 'recorded', recorded_columns(this, [])) }}
{% endif %}
