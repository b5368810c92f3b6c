with

source as (

    select * from {{ source('platform', 'buddy_feedback') }}

),

renamed as (

    select
        id as buddy_feedback_id,
        match_id

    from source

)

select * from renamed
