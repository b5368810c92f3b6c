with

source as (

    select * from {{ source('platform', 'kintell_sessions') }}

),

renamed as (

    select
        id as session_id,
        participant_id,
        volunteer_id,
        program_instance_id,

        cast(session_type as {{ dbt.type_string() }}) as session_type,

        cast(duration_minutes as numeric(12, 4)) as duration_minutes,

        {{ moment('scheduled_at') }} as scheduled_at,
        {{ moment('completed_at') }} as completed_at

    from source

)

select * from renamed
