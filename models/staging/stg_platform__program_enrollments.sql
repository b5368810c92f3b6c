-- Not every platform has enrolments: without them this model has no rows.
with

{% if var('use_enrollments') %}

source as (

    select * from {{ source('platform', 'program_enrollments') }}

),

renamed as (

    select
        user_id,
        program_instance_id,

        cast(status as {{ dbt.type_string() }}) as status

    from source

)

{% else %}

renamed as (

    select
        cast(null as {{ id_type() }}) as user_id,
        cast(null as {{ id_type() }}) as program_instance_id,

        cast(null as {{ dbt.type_string() }}) as status

    where false

)

{% endif %}

select * from renamed
