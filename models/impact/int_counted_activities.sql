-- One row an activity that counts for a campaign (activity_type, activity_id): confirmed,
-- or in review and perhaps the campaign's. All metrics start from here.
with

associations as (

    select
        *,
        decision in {{ confirming_decisions() }} as is_confirmed
    from {{ ref('campaign_associations') }}

),

activities as (

    select * from {{ ref('int_activities') }}

),

campaigns as (

    select * from {{ ref('stg_platform__campaigns') }}

),

hour_values as (

    select * from {{ ref('int_hour_values') }}

)

select
    associations.activity_type,
    associations.activity_id,
    associations.campaign_id,
    associations.beneficiary_id,
    activities.volunteer_id,
    associations.activity_date,
    associations.is_confirmed,
    coalesce(activities.is_held, associations.activity_type <> 'session') as is_held,
    coalesce(activities.hours, 0) as hours,
    case when activities.hours <> 0 then activities.hours * hour_values.usd else 0 end
        as hours_usd
from associations
inner join campaigns
    on associations.campaign_id = campaigns.campaign_id
-- an association in closed books can outlive its activity
left join activities
    on
        associations.activity_type = activities.activity_type
        and associations.activity_id = activities.activity_id
left join hour_values
    on
        extract(year from associations.activity_date)
        between hour_values.first_year and hour_values.last_year
where associations.is_confirmed or associations.decision = 'review'
