-- One row a campaign, with the program type it takes (NULL = all) and the tags of
-- its group (none = open). A campaign counts when it can be anybody's at all.
with

campaigns as (

    select * from {{ ref('stg_platform__campaigns') }}

),

templates as (

    select * from {{ ref('stg_platform__program_templates') }}

),

beneficiary_groups as (

    select * from {{ ref('stg_platform__beneficiary_groups') }}

)

select
    campaigns.campaign_id,
    campaigns.company_id,
    campaigns.status,
    {{ taken_program_type('templates.program_type') }} as program_type,
    coalesce(beneficiary_groups.tags, {{ no_tags() }}) as group_tags,
    {{ is_counting('campaigns') }} as is_counting,
    campaigns.start_date,
    campaigns.end_date,
    -- once a campaign, as it stands in the reasons of all its activities
    {{ window_text('campaigns') }} as window_text
from campaigns
left join templates
    on campaigns.program_template_id = templates.program_template_id
left join beneficiary_groups
    on campaigns.beneficiary_group_id = beneficiary_groups.beneficiary_group_id
