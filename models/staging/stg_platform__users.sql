with

source as (

    select * from {{ source('platform', 'users') }}

),

renamed as (

    select
        source.id as user_id,

        tagged.tags

    from source
    {{ join_tag_set('source.tags') }}

)

select * from renamed
