with

source as (

    select * from {{ source('platform', 'outcome_scores') }}

),

renamed as (

    select
        id as outcome_score_id,
        text_id,

        cast(text_type as {{ dbt.type_string() }}) as text_type,
        cast(dimension as {{ dbt.type_string() }}) as dimension,

        cast(score as numeric(10, 6)) as score,
        cast(confidence as numeric(10, 6)) as confidence

    from source

)

select * from renamed
