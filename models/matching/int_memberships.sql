-- One row a user and company the user belongs to. A table, so that who is scored and
-- with which campaigns is read from the same moment.
with

company_users as (

    select * from {{ ref('stg_platform__company_users') }}

)

select
    user_id,
    company_id
from company_users
