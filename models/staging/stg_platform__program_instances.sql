with

source as (

    select * from {{ source('platform', 'program_instances') }}

),

renamed as (

    select
        id as program_instance_id,
        campaign_id,

        cast(status as {{ dbt.type_string() }}) as status,

        {{ finite_date('start_date') }} as start_date,
        {{ instance_end('end_date') }} as end_date,

        {{ moment('created_at') }} as created_at

    from source

)

select * from renamed
