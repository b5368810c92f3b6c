with

source as (

    select * from {{ source('platform', 'companies') }}

),

renamed as (

    select id as company_id
    from source

)

select * from renamed
