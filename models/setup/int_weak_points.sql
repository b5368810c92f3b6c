-- One row where the points let a company and a date alone associate, else none.
with

reachable as (

    select {{ points_without_group('points') }} as points
    from {{ ref('int_scoring_points') }} as points

),

associated as (

    select count(*) as activities
    from {{ ref('campaign_associations') }}
    where decision = 'auto' and group_signal is null

)

select
    'weak_points' as warning,
    cast(null as {{ id_type() }}) as campaign_id,
    cast(null as {{ id_type() }}) as program_instance_id,
    cast(null as {{ id_type() }}) as other_campaign_id,
    cast(null as date) as starts_on,
    cast(null as date) as ends_on,
    associated.activities,
    'a company and a date alone bring ' || reachable.points || ' points, and '
    || {{ var('auto_threshold') }}
    || ' associate automatically: lower points in scoring_rules or raise auto_threshold'
        as detail
from reachable
cross join associated
where {{ band('reachable.points') }} = 'high'
