-- How well association went, one row a run day and activity type. Assessed are the
-- activities dated up to that day that have a company.
with

associations as (

    select * from {{ ref('campaign_associations') }}

),

assessed as (

    select
        *,
        decision in {{ confirming_decisions() }} as is_associated,
        activity_date > {{ shift_date(as_of_date(), -var('recent_days')) }} as is_recent
    from associations
    where
        activity_date <= {{ as_of_date() }}
        and company_basis is not null

),

counted as (

    select
        activity_type,
        count(*) as assessed,
        count(*) filter (where is_associated) as associated,
        count(*) filter (where decision = 'auto') as auto,
        count(*) filter (where decision = 'accepted') as accepted,
        count(*) filter (where decision = 'reassigned') as reassigned,
        count(*) filter (where decision = 'rejected') as rejected,
        count(*) filter (where decision = 'review') as review,
        count(*) filter (where decision = 'unmatched') as unmatched,
        count(*) filter (where is_recent) as recent_assessed,
        count(*) filter (where is_recent and is_associated) as recent_associated,
        cast(avg(confidence) as numeric(5, 2)) as average_confidence
    from assessed
    group by activity_type

)

select
    {{ as_of_date() }} as as_of_date,
    *,
    {{ run_started_at_literal() }} as measured_at
from counted
