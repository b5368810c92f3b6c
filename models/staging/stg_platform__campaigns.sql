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

        cast(start_date as date) as start_date,
        cast(end_date as date) as end_date

    from source

)

select * from renamed
