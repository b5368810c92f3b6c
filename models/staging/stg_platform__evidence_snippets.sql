with

source as (

    select * from {{ source('platform', 'evidence_snippets') }}

),

renamed as (

    select
        id as evidence_snippet_id,
        outcome_score_id,

        {{ moment('created_at') }} as created_at

    from source

)

select * from renamed
