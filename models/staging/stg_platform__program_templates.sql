with

source as (

    select * from {{ source('platform', 'program_templates') }}

),

renamed as (

    select
        id as program_template_id,

        cast(program_type as {{ dbt.type_string() }}) as program_type

    from source

)

select * from renamed
