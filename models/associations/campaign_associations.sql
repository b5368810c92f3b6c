-- One row an activity (activity_type, activity_id): the campaign and instance it belongs
-- to, as rules and people say; in closed books, as it was when they were closed.
with

current_associations as (

    select * from {{ ref('int_current_associations') }}

),

locked as (

    select * from {{ ref('int_locked_associations') }}

),

-- apart, since a CTE with two readers is copied to disk
locked_keys as (

    select
        activity_type,
        activity_id
    from {{ ref('int_locked_associations') }}

),

-- for incremental runs
activities as ( -- noqa: ST03

    select * from {{ ref('int_activities_to_score') }}

),

associations as (

    select current_associations.*
    from current_associations
    left join locked_keys
        on
            current_associations.activity_type = locked_keys.activity_type
            and current_associations.activity_id = locked_keys.activity_id
    where locked_keys.activity_id is null

    union all

    select locked.*
    from locked
    {% if is_incremental() %}
    inner join activities
        on
            locked.activity_type = activities.activity_type
            and locked.activity_id = activities.activity_id
    {% endif %}

)

select associations.*
from associations
{% if is_incremental() %}
-- only what differs from what is recorded: a run without a change changes no row
left join {{ this }} as recorded
    on
        associations.activity_type = recorded.activity_type
        and associations.activity_id = recorded.activity_id
where {{ rows_differ('associations', 'recorded', recorded_columns(this, ['associated_at'])) }}
{% endif %}
