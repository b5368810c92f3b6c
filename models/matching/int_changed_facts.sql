-- One row a person or marked activity of which something is not as it was when the
-- associations were made, new and vanished ones included; and one of all together. Empty
-- where nothing changed, of activities either, so that nobody has to look any further.
with

people as (

    select * from {{ ref('int_people') }}
    where user_id is not null

),

-- all of them together, as one; apart, since a CTE with two readers is copied to disk
everybody as (

    select * from {{ ref('int_people') }}
    where user_id is null

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
        {{ overall_subject() }} as subject,
        user_id,
        cast(null as {{ id_type() }}) as activity_id,
        facts_hash
    from everybody

    union all

    select
        {{ row_hash(['activity_type', 'activity_id']) }} as subject,
        cast(null as {{ id_type() }}) as user_id,
        activity_id,
        mark_hash as facts_hash
    from marked

),

overall as (

    select count(*) as number
    from {{ ref('int_people') }}
    where user_id is null

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
    where
        (select overall.number from overall) > 0
        and (
            facts.facts_hash is distinct from recorded.facts_hash
            or facts.subject = {{ overall_subject() }}
        )

)

select
    subject,
    user_id,
    activity_id,
    facts_hash,
    cast('{{ invocation_id }}' as {{ id_type() }}) as invocation_id
from changed
