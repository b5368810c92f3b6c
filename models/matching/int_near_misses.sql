-- One row an activity that has companies with campaigns but no eligible one, and how
-- many days its date lies outside the nearest window (0 = inside one, whose program
-- type was the obstacle; NULL = no campaign has a window).
with

memberships as (

    select * from {{ ref('int_memberships') }}

),

campaigns as (

    select * from {{ ref('int_campaigns') }}
    where is_counting

),

without_candidate as (

    select
        activity_type,
        activity_id,
        company_user_id,
        {{ finite_date('activity_date') }} as activity_date
    from {{ ref('int_first_candidates') }}
    where campaign_id is null and obstacle is null

),

-- few as they are, companies first: all members' campaigns are millions of pairs
with_company as (

    select
        without_candidate.activity_type,
        without_candidate.activity_id,
        without_candidate.activity_date,
        memberships.company_id
    from without_candidate
    inner join memberships
        on without_candidate.company_user_id = memberships.user_id
    {{ computed_once() }}

)

select
    with_company.activity_type,
    with_company.activity_id,
    min(
        {{ days_outside('with_company.activity_date', 'campaigns') }}
    ) as days_outside
from with_company
inner join campaigns
    on with_company.company_id = campaigns.company_id
group by
    with_company.activity_id,
    with_company.activity_type
