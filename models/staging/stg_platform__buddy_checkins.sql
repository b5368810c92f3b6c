with

source as (

    select * from {{ source('platform', 'buddy_checkins') }}

),

renamed as (

    select
        id as buddy_checkin_id,
        match_id

    from source

)

select * from renamed
