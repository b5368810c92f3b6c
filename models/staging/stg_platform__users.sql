with

source as (

    select * from {{ source('platform', 'users') }}

),

renamed as (

    select
        source.id as user_id,

        tagged.tags,
        cast(source.tags as {{ dbt.type_string() }}) as tags_as_written

    from source
    {{ join_tag_set('source.tags') }}

)

select * from renamed
