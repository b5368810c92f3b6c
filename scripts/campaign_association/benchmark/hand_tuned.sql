-- The associations in one statement, as fast as we know how to write it by hand: the
-- limit that the models are measured against. It gives the table campaign_associations as
-- the models do, with every column, its key and its index. It knows the default rules only,
-- no decisions by people, no closed books, no incremental runs; what it says of the rules'
-- version is a text of the same length.
--
-- What makes it fast:
-- - Nothing on the way to the sort keeps PostgreSQL from working in parallel: no window
--   functions, no CTE that is materialized, and no columns of other types in one arm of
--   a union all.
-- - A set of tags is a number with a bit a tag, made once for each distinct list of tags
--   and not once a person. 64 tags at most; with more, results would not be equal.
-- - Campaigns are cut into windows beforehand, one a stretch of days with one covering
--   instance, so that an activity finds campaign and instance in one look-up. So are the
--   placements of a person in a campaign.
-- - All that ranks a candidate is packed into one whole number, so that one comparison
--   does, most of the time; the points are read from it again.
-- - What is known of a campaign, and the words for it, are made once a campaign and looked
--   up for the best one; what only activities without a candidate need is asked for them.
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
        count(*) over (partition by stretches.campaign_id, stretches.first_day) > 1
            as is_ambiguous,
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

placed_cuts as not materialized (

    select distinct
        placements.user_id,
        placements.campaign_id,
        days.day
    from placements
    cross join lateral unnest(array[placements.start_date, placements.end_date + 1])
        as days (day)

),

placed_stretches as (

    select
        placed_cuts.user_id,
        placed_cuts.campaign_id,
        placed_cuts.day as first_day,
        min(later.day) - 1 as last_day
    from placed_cuts
    inner join placed_cuts as later
        on
            placed_cuts.user_id = later.user_id
            and placed_cuts.campaign_id = later.campaign_id
            and placed_cuts.day < later.day
    group by placed_cuts.user_id, placed_cuts.campaign_id, placed_cuts.day

),

placed_windows as (

    select distinct on (
        placed_stretches.user_id, placed_stretches.campaign_id, placed_stretches.first_day
    )
        placed_stretches.*,
        placements.program_instance_id
    from placed_stretches
    inner join placements
        on
            placed_stretches.user_id = placements.user_id
            and placed_stretches.campaign_id = placements.campaign_id
            and placed_stretches.first_day
            between placements.start_date and placements.end_date
    order by
        placed_stretches.user_id,
        placed_stretches.campaign_id,
        placed_stretches.first_day,
        placements.start_date desc,
        placements.created_at desc nulls last,
        placements.program_instance_id

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
        activities.activity_date,
        activities.beneficiary_id,
        people.user_id is not null as is_known,
        case
            when people.company_id is not null then activities.beneficiary_id
            when volunteers.company_id is not null then activities.volunteer_id
        end as company_user_id,
        people.company_id is not null as is_beneficiarys,
        offers.campaign_id,
        coalesce(placed_windows.program_instance_id, offers.program_instance_id)
            as program_instance_id,
        placed_windows.program_instance_id is not null as is_placed,
        placed_windows.program_instance_id is null and offers.is_ambiguous
            as cohort_ambiguous,
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
            when placed_windows.program_instance_id is not null then 45
            when offers.program_instance_id is not null then 5
            else 0
        end as points,
        bit_count((offers.group_mask & (coalesce(people.mask, 0) | activities.mask))::bit(64))
        ::smallint as shared,
        bit_count((coalesce(people.mask, 0) | activities.mask)::bit(64))::smallint
            as evidence_tags,
        bit_count(offers.group_mask::bit(64))::smallint as group_tags
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
    left join placed_windows
        on
            activities.beneficiary_id = placed_windows.user_id
            and offers.campaign_id = placed_windows.campaign_id
            and activities.activity_date
            between placed_windows.first_day and placed_windows.last_day
    left join places
        on
            activities.beneficiary_id = places.user_id
            and placed_windows.program_instance_id is null

),

packed as (

    select
        candidates.activity_type,
        candidates.activity_id,
        candidates.activity_date,
        candidates.beneficiary_id,
        candidates.is_known,
        candidates.company_user_id,
        candidates.is_beneficiarys,
        candidates.campaign_id,
        candidates.program_instance_id,
        candidates.is_placed,
        candidates.is_placed_elsewhere,
        candidates.cohort_ambiguous,
        candidates.shared,
        candidates.evidence_tags,
        candidates.group_tags,
        (is_placed::integer::bigint << 62)
        | (least(100, points + case
            when is_placed then 0
            when group_tags = 0 then 10
            when shared = group_tags and shared = evidence_tags then 40
            when shared > 0 then 20
            else 0
        end)::bigint << 55)
        | (case
            when shared = 0 then 0
            when shared = group_tags and shared = evidence_tags then 1000000
            else round(1000000 * shared::numeric / (evidence_tags + group_tags - shared))::bigint
        end << 35)
        | campaign_rank as rank
    from candidates

),

ranked as (

    select
        *,
        row_number() over candidates_of_one as place,
        count(campaign_id) over candidates_of_one as candidate_count,
        lead(campaign_id) over candidates_of_one as runner_up_campaign_id,
        lead(rank) over candidates_of_one as next_rank
    from packed
    window
        candidates_of_one as (
            partition by activity_id, activity_type
            order by rank desc nulls last, campaign_id
            rows between unbounded preceding and unbounded following
        )

),

best as (

    select
        *,
        (rank >> 55) & 127 as confidence,
        ((rank >> 35) & 1048575) / 1000000.0 as tag_similarity,
        case
            when is_placed then 'enrolled'
            when group_tags = 0 then 'group_open'
            when shared = group_tags and shared = evidence_tags then 'group_exact'
            when shared > 0 then 'group_partial'
        end as group_signal,
        ((rank >> 55) & 127) - ((next_rank >> 55) & 127) as margin,
        not is_placed
        and coalesce(
            rank >> 55 = next_rank >> 55
            and ((rank >> 35) & 1048575) - ((next_rank >> 35) & 1048575) < 100000,
            false
        ) as is_tied
    from ranked
    where place = 1

),

-- what can be said of a campaign, whoever comes
told_campaigns as (

    select
        id as campaign_id,
        company_id,
        case
            when status in ('active', 'completed', 'closed') then 10
            when status = 'recruiting' then 5
            else 0
        end as points_status,
        ', inside the campaign window ' || to_char(start_date, 'YYYY-MM-DD') || ' to '
        || to_char(end_date, 'YYYY-MM-DD') || ' (+30)' as window_reason,
        'campaign status ' || status || ' (+' || case
            when status in ('active', 'completed', 'closed') then 10
            when status = 'recruiting' then 5
            else 0
        end || ')' as status_reason
    from campaigns

),

judged as (

    select
        best.*,
        told_campaigns.company_id,
        coalesce(told_campaigns.points_status, 0) as points_status,
        told_campaigns.window_reason,
        told_campaigns.status_reason,
        case group_signal
            when 'enrolled' then 40
            when 'group_exact' then 40
            when 'group_partial' then 20
            when 'group_open' then 10
            else 0
        end as points_group,
        case
            when confidence >= 80 then 'high'
            when confidence >= 40 then 'medium'
            when best.campaign_id is not null then 'low'
            else 'none'
        end as band,
        case
            when confidence between 40 and 79 then 'medium_confidence'
            when confidence >= 80 and program_instance_id is null then 'no_program_instance'
            when confidence >= 80 and is_tied then 'tied_candidates'
            when confidence >= 80 and not is_placed and is_placed_elsewhere
                then 'placed_elsewhere'
        end as review_reason,
        -- the only company of who has one
        case when best.campaign_id is null then (
            select min(company_users.company_id::text)::uuid
            from company_users
            where company_users.user_id = best.company_user_id
            having count(distinct company_users.company_id) = 1
        ) end as only_company_id,
        case when best.campaign_id is null and best.activity_date <= %(as_of)s then (
            select
                array[
                    count(*)::integer,
                    min(greatest(
                        0,
                        campaigns.start_date - best.activity_date,
                        best.activity_date - campaigns.end_date
                    )) filter (where campaigns.start_date <= campaigns.end_date)
                ]
            from company_users
            inner join campaigns on company_users.company_id = campaigns.company_id
            where
                company_users.user_id = best.company_user_id
                and campaigns.is_active
                and campaigns.status <> 'draft'
        ) end as missed
    from best
    left join told_campaigns on best.campaign_id = told_campaigns.campaign_id

),

decided as (

    select
        *,
        case
            when band in ('low', 'none') then 'unmatched'
            when review_reason is not null then 'review'
            else 'auto'
        end as decision,
        case
            when band not in ('low', 'none') then null
            when activity_date is null then 'missing_date'
            when activity_date > %(as_of)s then 'future_dated'
            when not is_known then 'unknown_beneficiary'
            when company_user_id is null then 'missing_company'
            when campaign_id is not null then 'low_confidence'
            when missed[1] = 0 then 'no_campaign_for_company'
            when missed[2] = 0 then 'no_campaign_for_program_type'
            else 'no_campaign_on_date'
        end as unmatched_reason
    from judged

)

select
    activity_type,
    activity_id,
    activity_date,
    coalesce(company_id, only_company_id) as company_id,
    case
        when is_beneficiarys then 'beneficiary'
        when company_user_id is not null then 'volunteer'
    end as company_basis,
    beneficiary_id,
    campaign_id,
    case when decision = 'auto' then program_instance_id end as program_instance_id,
    coalesce(confidence, 0)::integer as confidence,
    case when campaign_id is null then 0 else 30 end as points_company,
    case when campaign_id is null then 0 else 30 end as points_date,
    case when campaign_id is null then 0 else points_group end as points_group,
    points_status,
    case when program_instance_id is null then 0 else 5 end as points_instance,
    case when campaign_id is not null then group_signal end as group_signal,
    tag_similarity::numeric(7, 6) as tag_similarity,
    is_placed,
    is_tied,
    campaign_id is not null and not is_placed and is_placed_elsewhere as is_placed_elsewhere,
    coalesce(cohort_ambiguous, false) as cohort_ambiguous,
    band,
    decision,
    review_reason,
    unmatched_reason,
    case when unmatched_reason = 'no_campaign_on_date' then missed[2] end as near_miss_days,
    candidate_count::integer as candidate_count,
    runner_up_campaign_id,
    margin::integer as margin,
    case when campaign_id is not null then array[
        'same company (+30)',
        'on ' || to_char(activity_date, 'YYYY-MM-DD') || window_reason,
        case group_signal
            when 'enrolled' then 'placed in a cohort that covers the date (+40)'
            when 'group_open' then 'group open to everybody (+10)'
            when 'group_exact' then 'the same ' || shared || ' tags as the group (+40)'
            when 'group_partial'
                then
                    shared || ' of ' || evidence_tags || ' tags shared with the '
                    || group_tags || ' of the group (+20)'
            else 'no tag shared with the group (+0)'
        end,
        status_reason,
        case
            when program_instance_id is null then 'no cohort covers the date (+0)'
            else 'a cohort covers the date (+5)'
        end
    ] end as match_reasons,
    'f0e1d2c3b4a5968778695a4b3c2d1e0f' as rules_version,
    now() as associated_at
from decided;

alter table public.hand_tuned
alter column activity_type set not null,
alter column activity_id set not null,
add primary key (activity_id, activity_type);

create index on public.hand_tuned (campaign_id);
