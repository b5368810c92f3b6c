-- One row a campaign and part of it that is missing or wrong: its window, its group, or
-- the program type of its template.
with

campaigns as (

    select campaigns.*
    from {{ ref('stg_platform__campaigns') }} as campaigns
    inner join {{ ref('int_campaigns') }} as counting
        on campaigns.campaign_id = counting.campaign_id
    where counting.is_counting

),

templates as (

    select * from {{ ref('stg_platform__program_templates') }}

),

beneficiary_groups as (

    select * from {{ ref('stg_platform__beneficiary_groups') }}

),

windows as (

    select
        case
            when start_date > end_date then 'window_reversed'
            else 'window_missing'
        end as warning,
        campaign_id,
        start_date,
        end_date,
        coalesce(
            'the window ends on ' || {{ date_text('end_date') }}
            || ', before it starts on ' || {{ date_text('start_date') }},
            'the campaign lacks a start or an end date'
        ) || ': no activity can match' as detail
    from campaigns
    where start_date is null or end_date is null or start_date > end_date

),

without_type as (

    select
        'template_without_type' as warning,
        campaigns.campaign_id,
        campaigns.start_date,
        campaigns.end_date,
        case
            when campaigns.program_template_id is null then 'the campaign has no template'
            when templates.program_template_id is null then 'the template does not exist'
            else 'the template has no program type'
        end || ': the campaign takes activities of every type' as detail
    from campaigns
    left join templates
        on campaigns.program_template_id = templates.program_template_id
    where {{ var('require_program_type') }} and templates.program_type is null

),

without_group as (

    select
        'group_missing' as warning,
        campaigns.campaign_id,
        campaigns.start_date,
        campaigns.end_date,
        'the beneficiary group does not exist: the campaign is open to everybody'
            as detail
    from campaigns
    left join beneficiary_groups
        on campaigns.beneficiary_group_id = beneficiary_groups.beneficiary_group_id
    where
        campaigns.beneficiary_group_id is not null
        and beneficiary_groups.beneficiary_group_id is null

),

incomplete as (

    select * from windows
    union all
    select * from without_type
    union all
    select * from without_group

),

recorded as (

    select * from {{ ref('int_campaign_activities') }}

)

select
    incomplete.warning,
    incomplete.campaign_id,
    cast(null as {{ id_type() }}) as program_instance_id,
    cast(null as {{ id_type() }}) as other_campaign_id,
    incomplete.start_date as starts_on,
    incomplete.end_date as ends_on,
    coalesce(recorded.activities, 0) as activities,
    incomplete.detail
from incomplete
left join recorded
    on incomplete.campaign_id = recorded.campaign_id
