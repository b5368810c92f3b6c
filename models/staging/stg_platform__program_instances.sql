with

source as (

    select * from {{ source('platform', 'program_instances') }}

),

renamed as (

    select
        id as program_instance_id,
        campaign_id,

        cast(status as text) as status,

        {{ finite_date('start_date') }} as start_date,
        -- without an end, the instance stays open
        coalesce({{ finite_date('end_date') }}, {{ open_end() }}) as end_date,

        {{ moment('created_at') }} as created_at

    from source

)

select * from renamed
