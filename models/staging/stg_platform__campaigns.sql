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

        cast(name as {{ dbt.type_string() }}) as campaign_name,
        cast(status as {{ dbt.type_string() }}) as status,
        cast(pricing_model as {{ dbt.type_string() }}) as pricing_model,
        upper(cast(currency as {{ dbt.type_string() }})) as currency,

        cast(target_volunteers as bigint) as target_volunteers,
        cast(target_beneficiaries as bigint) as target_beneficiaries,
        cast(max_sessions as bigint) as max_sessions,
        cast(budget_allocated as numeric(18, 2)) as budget_allocated,
        cast(budget_spent as numeric(18, 2)) as budget_spent,

        coalesce(is_active, false) as is_active,

        {{ finite_date('start_date') }} as start_date,
        {{ finite_date('end_date') }} as end_date

    from source

)

select * from renamed
