with

source as (

    select * from {{ source('platform', 'users') }}

),

renamed as (

    select
        id as user_id,

        {{ tag_set('tags') }} as tags

    from source

)

select * from renamed
