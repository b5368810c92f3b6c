with

source as (

    select * from {{ source('platform', 'campaigns') }}

),

renamed as (

    select
        id as campaign_id,
        company_id,
        program_template_id,
        beneficiary_group_id,

        cast(status as text) as status,

        coalesce(is_active, false) as is_active,

        {{ finite_date('start_date') }} as start_date,
        {{ finite_date('end_date') }} as end_date

    from source

)

select * from renamed
