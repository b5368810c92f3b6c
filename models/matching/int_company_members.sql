-- One row a user who belongs to a company, with how many and, if it is one, which.
with

company_users as (

    select * from {{ ref('stg_platform__company_users') }}

)

select
    user_id,
    case
        when count(*) = 1 then cast(min(cast(company_id as text)) as {{ id_type() }})
    end as only_company_id
from company_users
group by user_id
