-- One row: whether anything is not as it was when the associations were made, by sums of
-- fingerprints. Read by the query that makes int_people, so that both are of one moment:
-- where nothing changed nobody needs to be looked at one by one.
with

known as (

    select
        'users' as part,
        {{ set_hash(['user_id', 'tags']) }} as part_hash
    from {{ ref('stg_platform__users') }}

    union all

    select
        'memberships' as part,
        {{ set_hash(['user_id', 'company_id']) }} as part_hash
    from {{ ref('int_memberships') }}

    union all

    select
        'campaigns' as part,
        {{ set_hash(['company_month', 'campaigns_hash']) }} as part_hash
    from {{ ref('int_company_fingerprints') }}

    union all

    select
        'placements' as part,
        {{ set_hash(['beneficiary_id', 'placement_view', 'cohort_hash']) }} as part_hash
    from {{ ref('int_placements') }}

    union all

    select
        'marked' as part,
        {{ set_hash(['activity_type', 'activity_id', 'mark_hash']) }} as part_hash
    from {{ ref('int_marked_activities') }}

),

summed as (

    select {{ set_hash(['part', 'part_hash']) }} as parts_hash
    from known

),

overall as (

    select {{ row_hash(['parts_hash']) }} as facts_hash
    from summed

),

recorded as (

    select * from {{ ref('int_associated_facts') }}
    where subject = {{ overall_subject() }}

),

-- Sums take a third of the time of a look at every activity, and none where something else
-- changed.
activities as (

    select {{ hash_sum('own_hash') }} as activities_hash
    from {{ ref('int_fingerprinted_activities') }}

),

inputs as (

    select {{ hash_sum('own_hash') }} as activities_hash
    from {{ ref('int_associated_inputs') }}

)

select
    overall.facts_hash,
    (
        {{ 'true' if all_are_scored() or is_backfill() else 'false' }}
        or overall.facts_hash is distinct from (select recorded.facts_hash from recorded)
        or (select activities.activities_hash from activities)
        is distinct from (select inputs.activities_hash from inputs)
    ) as is_changed
from overall
