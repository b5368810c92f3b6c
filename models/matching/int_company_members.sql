-- One row a user who belongs to a company, with the company if it is one, and the
-- fingerprint of all campaigns that this opens to the user's activities.
with

memberships as (

    select * from {{ ref('int_memberships') }}

),

fingerprints as (

    select * from {{ ref('int_company_fingerprints') }}

)

select
    memberships.user_id,
    case
        when count(*) = 1
            then cast(min(cast(memberships.company_id as text)) as {{ id_type() }})
    end as only_company_id,
    {{ set_hash(['memberships.company_id', 'fingerprints.campaigns_hash']) }} as campaigns_hash
from memberships
left join fingerprints
    on memberships.company_id = fingerprints.company_id
group by memberships.user_id
