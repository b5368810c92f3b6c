-- The associations in one statement, as fast as we know how to write it by hand: the
-- limit that the models are measured against. It gives of every activity decision,
-- campaign, instance and confidence, and nothing that explains them. It knows the
-- default rules only, no decisions by people, no closed books, no incremental runs.
--
-- What makes it fast:
-- - Nothing on the way to the sort keeps PostgreSQL from working in parallel: no window
--   functions, no CTE that is materialized, and no columns of other types in one arm of
--   a union all.
-- - A set of tags is a number with a bit a tag, made once for each distinct list of tags
--   and not once a person. 64 tags at most; with more, results would not be equal.
-- - Campaigns are cut into windows beforehand, one a stretch of days with one covering
--   instance, so that an activity finds campaign and instance in one look-up.
-- - All that ranks a candidate is packed into one whole number, so that one comparison
--   does, most of the time.
--
-- Bits of a rank, from the highest: 1 placed, 7 confidence, 20 similarity in millionths,
-- 1 campaign active, 34 days of the campaign's start.

-- workers for the whole, not for its small parts, where they would get in each other's way
set local parallel_setup_cost = 50000;
set local parallel_tuple_cost = 0;
-- two sorts of all activities, where look-ups are cheaper
set local enable_mergejoin = off;

create table public.hand_tuned as
with

tag_lists as not materialized (

    select distinct tags from users
    union all
    select distinct tags from beneficiary_groups
    union all
    select distinct metadata -> 'skill_tags' from learning_progress

),

elements as not materialized (

    select
        tag_lists.tags,
        lower(btrim(element #>> '{}', E' \t\n\r\f\x0b')) as tag
    from tag_lists
    cross join lateral jsonb_array_elements(
        case when jsonb_typeof(tags) = 'array' then tags else '[]' end
    ) as listed (element)
    where
        jsonb_typeof(element) = 'string'
        and btrim(element #>> '{}', E' \t\n\r\f\x0b') <> ''

),

vocabulary as not materialized (

    select array_agg(distinct tag) as tags from elements

),

masks as not materialized (

    select
        elements.tags,
        bit_or(1::bigint << (array_position(vocabulary.tags, tag) - 1)) as mask
    from elements
    cross join vocabulary
    group by elements.tags

),

members as not materialized (

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

cohorts as not materialized (

    select
        id as program_instance_id,
        campaign_id,
        start_date,
        coalesce(end_date, date '9999-11-30') as end_date,
        created_at
    from program_instances
    where status in ('active', 'planned', 'completed')

),

-- the days on which the covering instance of a campaign can change
cuts as not materialized (

    select distinct
        campaigns.id as campaign_id,
        days.day
    from campaigns
    left join program_instances on campaigns.id = program_instances.campaign_id
    cross join lateral unnest(array[
        campaigns.start_date, program_instances.start_date, program_instances.end_date + 1
    ]) as days (day)
    where days.day between campaigns.start_date and campaigns.end_date

),

stretches as (

    select
        cuts.campaign_id,
        cuts.day as first_day,
        min(later.day) - 1 as last_day
    from cuts
    left join cuts as later
        on cuts.campaign_id = later.campaign_id and cuts.day < later.day
    group by cuts.campaign_id, cuts.day

),

windows as (

    select distinct on (stretches.campaign_id, stretches.first_day)
        stretches.campaign_id,
        campaigns.company_id,
        stretches.first_day,
        coalesce(stretches.last_day, campaigns.end_date) as last_day,
        cohorts.program_instance_id,
        nullif(program_templates.program_type::text, 'weei') as program_type,
        coalesce(masks.mask, 0) as group_mask,
        case
            when campaigns.status in ('active', 'completed', 'closed') then 70
            when campaigns.status = 'recruiting' then 65
            else 60
        end as points,
        ((campaigns.status = 'active')::integer::bigint << 34)
        | (campaigns.start_date - date '0001-01-01') as campaign_rank
    from stretches
    inner join campaigns on stretches.campaign_id = campaigns.id
    left join program_templates
        on campaigns.program_template_id = program_templates.id
    left join beneficiary_groups
        on campaigns.beneficiary_group_id = beneficiary_groups.id
    left join masks on beneficiary_groups.tags = masks.tags
    left join cohorts
        on
            stretches.campaign_id = cohorts.campaign_id
            and stretches.first_day between cohorts.start_date and cohorts.end_date
    where campaigns.is_active and campaigns.status <> 'draft'
    order by
        stretches.campaign_id,
        stretches.first_day,
        cohorts.start_date desc,
        cohorts.created_at desc nulls last,
        cohorts.program_instance_id

),

-- a row a program type, so that the type is part of the look-up
offers as (

    select
        windows.*,
        taken.program_type as taken_type
    from windows
    inner join unnest(array['language', 'mentorship', 'buddy', 'upskilling'])
        as taken (program_type)
        on coalesce(windows.program_type, taken.program_type) = taken.program_type

),

placements as not materialized (

    select distinct
        program_enrollments.user_id,
        cohorts.*
    from program_enrollments
    inner join cohorts
        on program_enrollments.program_instance_id = cohorts.program_instance_id
    where program_enrollments.status is distinct from 'dropped'

),

-- all placements of a person in one row, widened by the days of grace
places as (

    select
        placements.user_id,
        array_agg(row(
            placements.campaign_id,
            nullif(program_templates.program_type::text, 'weei'),
            placements.start_date - 14,
            placements.end_date + 14
        )) as placed
    from placements
    inner join campaigns on placements.campaign_id = campaigns.id
    left join program_templates
        on campaigns.program_template_id = program_templates.id
    group by placements.user_id

),

activities as (

    select
        'session'::text as activity_type,
        id as activity_id,
        participant_id as beneficiary_id,
        volunteer_id,
        session_type::text as program_type,
        (coalesce(completed_at, scheduled_at) at time zone 'UTC')::date as activity_date,
        0::bigint as mask
    from kintell_sessions

    union all

    select
        'match'::text,
        id,
        participant_id,
        buddy_id,
        'buddy'::text,
        (matched_at at time zone 'UTC')::date,
        0::bigint
    from buddy_matches

    union all

    select
        'completion'::text,
        id,
        user_id,
        null::uuid,
        'upskilling'::text,
        (completed_at at time zone 'UTC')::date,
        coalesce(masks.mask, 0)
    from learning_progress
    left join masks on learning_progress.metadata -> 'skill_tags' = masks.tags
    where status = 'completed'

),

candidates as (

    select
        activities.activity_type,
        activities.activity_id,
        offers.campaign_id,
        coalesce(placements.program_instance_id, offers.program_instance_id)
            as program_instance_id,
        placements.program_instance_id is not null as is_placed,
        placements.start_date as placed_from,
        placements.created_at as placed_at,
        places.placed is not null and exists (
            select
            from unnest(places.placed) as other (
                campaign_id uuid, program_type text, first_day date, last_day date
            )
            where
                other.campaign_id <> offers.campaign_id
                and activities.activity_date between other.first_day and other.last_day
                and coalesce(other.program_type, activities.program_type)
                = activities.program_type
        ) as is_placed_elsewhere,
        offers.campaign_rank,
        offers.points + case
            when placements.program_instance_id is not null then 45
            when offers.program_instance_id is not null then 5
            else 0
        end as points,
        bit_count((offers.group_mask & (coalesce(people.mask, 0) | activities.mask))::bit(64))
            as shared,
        bit_count((offers.group_mask | coalesce(people.mask, 0) | activities.mask)::bit(64))
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
            and activities.activity_date <= %(as_of)s
    left join placements
        on
            activities.beneficiary_id = placements.user_id
            and offers.campaign_id = placements.campaign_id
            and activities.activity_date
            between placements.start_date and placements.end_date
    left join places
        on
            activities.beneficiary_id = places.user_id
            and placements.program_instance_id is null

),

packed as (

    select
        *,
        (is_placed::integer::bigint << 62)
        | (least(100, points + case
            when is_placed then 0
            when group_mask = 0 then 10
            when shared = distinct_tags then 40
            when shared > 0 then 20
            else 0
        end)::bigint << 55)
        | (case
            when shared = 0 then 0
            else round(1000000 * shared::numeric / distinct_tags)::bigint
        end << 35)
        | campaign_rank as rank
    from candidates

),

ranked as (

    select
        *,
        row_number() over candidates_of_one as place,
        lead(rank) over candidates_of_one as next_rank
    from packed
    window
        candidates_of_one as (
            partition by activity_id, activity_type
            order by
                rank desc nulls last,
                campaign_id,
                placed_from desc,
                placed_at desc nulls last,
                program_instance_id
        )

),

best as (

    select
        *,
        coalesce((rank >> 55) & 127, 0)::integer as confidence,
        not is_placed
        and coalesce(
            rank >> 55 = next_rank >> 55
            and ((rank >> 35) & 1048575) - ((next_rank >> 35) & 1048575) < 100000,
            false
        ) as is_tied
    from ranked
    where place = 1

),

decided as (

    select
        *,
        case
            when confidence < 40 then 'unmatched'
            when
                confidence >= 80
                and program_instance_id is not null
                and not is_tied
                and (is_placed or not is_placed_elsewhere)
                then 'auto'
            else 'review'
        end as decision
    from best

)

select
    activity_type,
    activity_id,
    campaign_id,
    case when decision = 'auto' then program_instance_id end as program_instance_id,
    decision,
    confidence
from decided
