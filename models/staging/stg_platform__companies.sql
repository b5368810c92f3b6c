with

source as (

    select * from {{ source('platform', 'companies') }}

),

renamed as (

    select
        id as company_id,

        cast(name as {{ dbt.type_string() }}) as company_name

    from source

)

select * from renamed
