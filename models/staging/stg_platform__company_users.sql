-- A user can be in a company twice; one row is enough.
with

source as (

    select * from {{ source('platform', 'company_users') }}

),

renamed as (

    select distinct
        company_id,
        user_id

    from source
    where company_id is not null and user_id is not null

)

select * from renamed
