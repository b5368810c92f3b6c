-- One row a person or marked activity of which something is not as it was when the
-- associations were made, new and vanished ones included; and one, of nobody, where only
-- activities changed. Empty where nothing did, so that nobody has to look any further.
with

people as (

    select * from {{ ref('int_people') }}

),

marked as (

    select * from {{ ref('int_marked_activities') }}

),

recorded as (

    select * from {{ ref('int_associated_facts') }}

),

facts as (

    select
        {{ row_hash(['user_id']) }} as subject,
        user_id,
        cast(null as {{ id_type() }}) as activity_id,
        facts_hash
    from people

    union all

    select
        {{ row_hash(['activity_type', 'activity_id']) }} as subject,
        cast(null as {{ id_type() }}) as user_id,
        activity_id,
        mark_hash as facts_hash
    from marked

    union all

    -- recorded as long as the last run that changed something was carried through
    select {{ changed_activities() }}

),

changed as (

    select
        coalesce(facts.subject, recorded.subject) as subject,
        coalesce(facts.user_id, recorded.user_id) as user_id,
        coalesce(facts.activity_id, recorded.activity_id) as activity_id,
        facts.facts_hash
    from facts
    full outer join recorded
        on facts.subject = recorded.subject
    where facts.facts_hash is distinct from recorded.facts_hash

),

-- Sums take a third of the time of a look at every activity, and none where something
-- else changed. A backfill, which sees its own activities alone, nearly always finds a
-- change: the run after it looks at everything.
compared as (

    select * from changed

    union all

    select {{ changed_activities() }}
    where
        (select count(*) from changed) = 0
        and (
            select {{ hash_sum('own_hash') }} from {{ ref('int_fingerprinted_activities') }}
        ) is distinct from (
            select {{ hash_sum('own_hash') }} from {{ ref('int_associated_inputs') }}
        )

)

select
    subject,
    user_id,
    activity_id,
    facts_hash,
    cast('{{ invocation_id }}' as {{ id_type() }}) as invocation_id
from compared
