-- The associations in DuckDB, from tables loaded as they are on the platform. The same
-- rules and tricks as in hand_tuned.sql, except where DuckDB has better ones: here
-- window functions do not stand in the way, and the two best candidates of an activity
-- are kept while they are counted, without a sort.
--
-- Bits of a rank, from the highest: 1 placed, 7 confidence, 20 similarity in millionths,
-- 16 the campaign's place among all, 18 the instance's place among all.

create table associated as
with

tag_lists as (

    select tags from users
    union
    select tags from beneficiary_groups
    union
    select skill_tags from learning_progress

),

listed as (

    select
        tags,
        unnest(json_extract(tags, '$[*]')) as element
    from tag_lists
    where json_type(tags) = 'ARRAY'

),

elements as (

    select
        tags,
        lower(trim(element ->> '$', e' \t\n\r\f\x0b')) as tag
    from listed
    where
        json_type(element) = 'VARCHAR'
        and trim(element ->> '$', e' \t\n\r\f\x0b') <> ''

),

masks as (

    select
        tags,
        bit_or(1::ubigint << (number - 1)) as mask
    from (
        select
            tags,
            dense_rank() over (order by tag) as number
        from elements
    )
    group by tags

),

members as (

    select distinct
        user_id,
        company_id
    from company_users

),

people as (

    select
        users.id as user_id,
        members.company_id,
        coalesce(masks.mask, 0) as mask
    from users
    left join members on users.id = members.user_id
    left join masks on users.tags = masks.tags

),

cohorts as (

    select
        id as program_instance_id,
        campaign_id,
        start_date,
        coalesce(end_date, date '9999-11-30') as end_date,
        row_number() over (
            order by start_date, created_at nulls first, id desc
        ) as instance_rank
    from program_instances
    where status in ('active', 'planned', 'completed')

),

counting_campaigns as (

    select
        campaigns.id as campaign_id,
        campaigns.company_id,
        campaigns.start_date,
        campaigns.end_date,
        nullif(program_templates.program_type, 'weei') as program_type,
        coalesce(masks.mask, 0) as group_mask,
        case
            when campaigns.status in ('active', 'completed', 'closed') then 70
            when campaigns.status = 'recruiting' then 65
            else 60
        end as points,
        row_number() over (
            order by campaigns.status = 'active', campaigns.start_date, campaigns.id desc
        ) as campaign_rank
    from campaigns
    left join program_templates
        on campaigns.program_template_id = program_templates.id
    left join beneficiary_groups
        on campaigns.beneficiary_group_id = beneficiary_groups.id
    left join masks on beneficiary_groups.tags = masks.tags
    where campaigns.is_active and campaigns.status <> 'draft'

),

-- the days on which the covering instance of a campaign can change
cuts as (

    select
        campaign_id,
        start_date as first_day
    from counting_campaigns
    union
    select
        campaign_id,
        start_date as first_day
    from cohorts
    union
    select
        campaign_id,
        end_date + 1 as first_day
    from cohorts

),

stretches as (

    select
        *,
        lead(first_day, 1, date '9999-12-31') over (
            partition by campaign_id order by first_day
        ) - 1 as last_day
    from cuts

),

windows as (

    select
        counting_campaigns.*,
        stretches.first_day,
        least(stretches.last_day, counting_campaigns.end_date) as last_day,
        cohorts.program_instance_id
    from counting_campaigns
    inner join stretches
        on
            counting_campaigns.campaign_id = stretches.campaign_id
            and stretches.first_day
            between counting_campaigns.start_date and counting_campaigns.end_date
    left join cohorts
        on
            stretches.campaign_id = cohorts.campaign_id
            and stretches.first_day between cohorts.start_date and cohorts.end_date
    qualify
        row_number() over (
            partition by stretches.campaign_id, stretches.first_day
            order by cohorts.instance_rank desc nulls last
        ) = 1

),

-- a row a program type, so that the type is part of the look-up
offers as (

    select
        windows.*,
        taken.program_type as taken_type
    from windows
    inner join (
        values ('language'), ('mentorship'), ('buddy'), ('upskilling')
    ) as taken (program_type)
        on coalesce(windows.program_type, taken.program_type) = taken.program_type

),

placements as (

    select distinct
        program_enrollments.user_id,
        cohorts.*
    from program_enrollments
    inner join cohorts
        on program_enrollments.program_instance_id = cohorts.program_instance_id
    where program_enrollments.status is distinct from 'dropped'

),

activities as (

    select
        'session' as activity_type,
        id as activity_id,
        participant_id as beneficiary_id,
        volunteer_id,
        session_type as program_type,
        coalesce(completed_at, scheduled_at)::date as activity_date,
        0::ubigint as mask
    from kintell_sessions

    union all

    select
        'match',
        id,
        participant_id,
        buddy_id,
        'buddy',
        matched_at::date,
        0
    from buddy_matches

    union all

    select
        'completion',
        id,
        user_id,
        null,
        'upskilling',
        completed_at::date,
        coalesce(masks.mask, 0)
    from learning_progress
    left join masks on learning_progress.skill_tags = masks.tags
    where status = 'completed'

),

candidates as (

    select
        activities.activity_type,
        activities.activity_id,
        activities.beneficiary_id,
        activities.program_type,
        activities.activity_date,
        offers.campaign_id,
        coalesce(placements.program_instance_id, offers.program_instance_id)
            as program_instance_id,
        placements.program_instance_id is not null as is_placed,
        offers.campaign_rank,
        coalesce(placements.instance_rank, 0) as instance_rank,
        offers.points + case
            when placements.program_instance_id is not null then 45
            when offers.program_instance_id is not null then 5
            else 0
        end as points,
        bit_count(offers.group_mask & (coalesce(people.mask, 0) | activities.mask)) as shared,
        bit_count(offers.group_mask | coalesce(people.mask, 0) | activities.mask)
            as distinct_tags,
        offers.group_mask
    from activities
    left join people on activities.beneficiary_id = people.user_id
    left join members as volunteers
        on activities.volunteer_id = volunteers.user_id and people.company_id is null
    left join offers
        on
            coalesce(people.company_id, volunteers.company_id) = offers.company_id
            and activities.program_type = offers.taken_type
            and activities.activity_date between offers.first_day and offers.last_day
            and activities.activity_date <= $as_of
    left join placements
        on
            activities.beneficiary_id = placements.user_id
            and offers.campaign_id = placements.campaign_id
            and activities.activity_date
            between placements.start_date and placements.end_date

),

packed as (

    select
        *,
        (is_placed::bigint << 62)
        | (least(100, points + case
            when is_placed then 0
            when group_mask = 0 then 10
            when shared = distinct_tags then 40
            when shared > 0 then 20
            else 0
        end)::bigint << 54)
        | (case
            when shared = 0 then 0
            else round(1000000 * shared / distinct_tags)::bigint
        end << 34)
        | (campaign_rank << 18)
        | instance_rank as rank
    from candidates

),

-- an activity without a candidate has no rank, and keeps its one row
ranked as (

    select
        activity_type,
        activity_id,
        any_value(beneficiary_id) as beneficiary_id,
        any_value(program_type) as program_type,
        any_value(activity_date) as activity_date,
        max(rank, 2) as ranks,
        arg_max(campaign_id, rank) as campaign_id,
        arg_max_null(program_instance_id, rank) as program_instance_id
    from packed
    group by
        activity_type,
        activity_id

),

best as (

    select
        *,
        coalesce((ranks[1] >> 54) & 127, 0)::integer as confidence,
        coalesce(ranks[1] >> 62 = 1, false) as is_placed,
        coalesce(
            ranks[1] >> 54 = ranks[2] >> 54
            and ((ranks[1] >> 34) & 1048575) - ((ranks[2] >> 34) & 1048575) < 100000,
            false
        ) as is_tied
    from ranked

),

placed_elsewhere as (

    select distinct
        best.activity_type,
        best.activity_id
    from best
    inner join placements
        on
            best.beneficiary_id = placements.user_id
            and best.campaign_id <> placements.campaign_id
            and best.activity_date
            between placements.start_date - 14 and placements.end_date + 14
    inner join campaigns on placements.campaign_id = campaigns.id
    left join program_templates
        on campaigns.program_template_id = program_templates.id
    where
        not best.is_placed
        and coalesce(nullif(program_templates.program_type, 'weei'), best.program_type)
        = best.program_type

),

decided as (

    select
        best.*,
        case
            when best.confidence < 40 then 'unmatched'
            when
                best.confidence >= 80
                and best.program_instance_id is not null
                and (
                    best.is_placed
                    or not best.is_tied and placed_elsewhere.activity_id is null
                )
                then 'auto'
            else 'review'
        end as decision
    from best
    left join placed_elsewhere
        on
            best.activity_type = placed_elsewhere.activity_type
            and best.activity_id = placed_elsewhere.activity_id

)

select
    activity_type,
    activity_id,
    campaign_id,
    case when decision = 'auto' then program_instance_id end as program_instance_id,
    decision,
    confidence
from decided
