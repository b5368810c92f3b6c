with

source as (

    select * from {{ source('platform', 'companies') }}

),

renamed as (

    select
        id as company_id,

        cast(name as text) as company_name

    from source

)

select * from renamed
