with

source as (

    select * from {{ source('platform', 'buddy_matches') }}

),

renamed as (

    select
        id as match_id,
        participant_id,
        buddy_id,
        program_instance_id,

        {{ moment('matched_at') }} as matched_at

    from source

)

select * from renamed
