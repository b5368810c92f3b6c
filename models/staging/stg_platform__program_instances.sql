with

source as (

    select * from {{ source('platform', 'program_instances') }}

),

renamed as (

    select
        id as program_instance_id,
        campaign_id,

        cast(status as text) as status,

        cast(start_date as date) as start_date,
        -- without an end, the instance stays open
        coalesce(cast(end_date as date), date '9999-12-30') as end_date,

        {{ moment('created_at') }} as created_at

    from source

)

select * from renamed
