with

source as (

    select * from {{ source('platform', 'learning_progress') }}

),

renamed as (

    select
        id as completion_id,
        user_id,
        program_instance_id,

        cast(status as {{ dbt.type_string() }}) as status,

        {{ json_member('metadata', 'skill_tags') }} as skill_tags_json,
        {{ tag_set(json_member('metadata', 'skill_tags')) }} as skill_tags,

        {{ moment('completed_at') }} as completed_at

    from source

)

select * from renamed
