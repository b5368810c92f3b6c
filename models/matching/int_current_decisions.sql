-- One row an activity that people decided: the latest decision, unless withdrawn.
with

decisions as (

    select * from {{ source('association_ops', 'review_decisions') }}

),

numbered as (

    select
        activity_type,
        activity_id,
        program_instance_id,
        decision,
        decided_at,
        row_number() over (
            partition by activity_type, activity_id
            order by decision_id desc
        ) as recency
    from decisions

)

select
    activity_type,
    activity_id,
    program_instance_id,
    decision,
    decided_at
from numbered
where recency = 1 and decision <> 'withdrawn'
