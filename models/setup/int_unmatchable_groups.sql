-- One row a campaign whose group names tags that nobody of its company has and that no
-- course gives. A group without any tag is open to everybody, which is no mistake.
with

campaign_tags as (

    select
        campaign_id,
        company_id,
        program_type,
        start_date,
        end_date,
        {{ each_tag('group_tags') }} as tag
    from {{ ref('int_campaigns') }}
    where is_counting

),

user_tags as (

    select
        user_id,
        {{ each_tag('tags') }} as tag
    from {{ ref('stg_platform__users') }}

),

member_tags as (

    select distinct
        company_users.company_id,
        user_tags.tag
    from {{ ref('stg_platform__company_users') }} as company_users
    inner join user_tags
        on company_users.user_id = user_tags.user_id

),

course_tags as (

    select distinct {{ each_tag('skill_tags') }} as tag
    from {{ ref('stg_platform__learning_progress') }}

),

unmatchable as (

    select
        campaign_tags.campaign_id,
        campaign_tags.start_date,
        campaign_tags.end_date,
        count(*) as tags
    from campaign_tags
    left join member_tags
        on
            campaign_tags.company_id = member_tags.company_id
            and campaign_tags.tag = member_tags.tag
    left join course_tags
        on
            campaign_tags.tag = course_tags.tag
            and {{ takes_program_type('campaign_tags.program_type', "'upskilling'") }}
    group by
        campaign_tags.campaign_id,
        campaign_tags.start_date,
        campaign_tags.end_date
    having count(member_tags.tag) = 0 and count(course_tags.tag) = 0

),

recorded as (

    select * from {{ ref('int_campaign_activities') }}

)

select
    'unmatchable_group' as warning,
    unmatchable.campaign_id,
    cast(null as {{ id_type() }}) as program_instance_id,
    cast(null as {{ id_type() }}) as other_campaign_id,
    unmatchable.start_date as starts_on,
    unmatchable.end_date as ends_on,
    coalesce(recorded.activities, 0) as activities,
    'nobody of the company has any of the tags of the group ('
    || unmatchable.tags || '), and no course gives one: only enrolments can match'
        as detail
from unmatchable
left join recorded
    on unmatchable.campaign_id = recorded.campaign_id
