with

source as (

    select * from {{ source('platform', 'beneficiary_groups') }}

),

renamed as (

    select
        id as beneficiary_group_id,

        {{ tag_set('tags') }} as tags

    from source

)

select * from renamed
