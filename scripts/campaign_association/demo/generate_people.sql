-- Who takes part in what, and what the platform knows of it: users, memberships,
-- participations (one beneficiary in one cohort) and enrolments.

create unlogged table startable as
select
    row_number() over (order by number) - 1 as slot,
    campaign.*
from campaign
where has_started;
analyze startable;

create unlogged table person as
select
    person_number,
    id_of('user', person_number) as user_id,
    case
        when draw('role', person_number) < 0.56 then 'participant'
        when draw('role', person_number) < 0.96 then 'volunteer'
        else 'company_admin'
    end as role,
    draw('no_company', person_number) < %(no_company)s as has_no_company,
    draw('several', person_number) < %(several_companies)s as has_several_companies
from generate_series(1::bigint, %(users)s) as person_number;
analyze person;

create unlogged table volunteer as
with numbered as (
    select
        person.*,
        row_number() over (order by person_number) - 1 as volunteer_number
    from person
    where role = 'volunteer'
)

-- dealt out, so that every company has some
select
    user_id,
    person_number,
    (volunteer_number %% %(companies)s)::integer as company,
    (volunteer_number / %(companies)s)::integer as slot
from numbered;
analyze volunteer;

create unlogged table staff as
select company, count(*)::integer as volunteers
from volunteer
group by company;
analyze staff;

-- a beneficiary's first campaign; the person's tags come from its group
create unlogged table home as
select
    person.*,
    startable.number as campaign,
    startable.series_number,
    startable.renewal,
    startable.company,
    startable.program_type,
    startable.next_start,
    startable.start_date,
    startable.end_date,
    -- people of open groups have tags too: those of the group they would fit
    case
        when startable.kind < 24 then startable.kind
        when draw('tagged_anyway', person_number) < 0.6
            then pick('fits', person_number, 24)
        else 24
    end as kind
from person
inner join startable
    on pick('home', person_number, (select count(*)::integer from startable)) = slot
where role = 'participant';
analyze home;

create unlogged table person_tags as
with true_tags as (
    select
        home.person_number,
        own.tags as tags,
        other.tags[1] as foreign_tag
    from home
    inner join group_kind as own on home.kind = own.kind
    inner join group_kind as other
        on pick('foreign_tag', home.person_number, 24) = other.kind
),

blurred as (
    select
        person_number,
        tags as true_tags,
        case
            when draw('tags', person_number) < %(tags_missing)s
                then (
                    array['{}', '{NULL,"  "}', null]
                )[1 + pick('tags_missing', person_number, 3)]::text[]
            when draw('tags', person_number) >= %(tags_missing)s + %(tags_wrong)s
                then tags
            when cardinality(tags) > 1 and draw('tags_lost', person_number) < 0.5
                then array_remove(
                    tags, tags[1 + pick('lost', person_number, cardinality(tags))]
                )
            when not foreign_tag = any(tags) then tags || foreign_tag
            else tags || array['volunteer']
        end as tags,
        draw('tags', person_number) < %(tags_missing)s as is_missing
    from true_tags
)

select
    person_number,
    is_missing and true_tags is not null as is_missing,
    not is_missing and tags is distinct from true_tags as is_wrong,
    case
        when is_missing or draw('untidy', person_number) >= %(tags_untidy)s then tags
        when pick('untidy', person_number, 3) = 0 then upper(tags::text)::text[]
        when pick('untidy', person_number, 3) = 1 then tags || (' ' || tags[1] || ' ')
        else tags || array[null, '']
    end as tags
from blurred;
analyze person_tags;

insert into users (
    id, email, first_name, last_name, phone, role, tags, is_active,
    created_at, updated_at
)
select
    user_id,
    lower(first_name.value || '.' || last_name.value)
    || person_number || '@' || domain.value,
    first_name.value,
    last_name.value,
    '+49 30 ' || pick('phone', person_number, 9000000) + 1000000,
    role,
    tags_of(person_tags.tags),
    draw('user_active', person_number) < 0.95,
    %(as_of)s - 1000 + make_interval(mins => pick('joined', person_number, 300000)),
    %(as_of)s - 1000 + make_interval(mins => pick('joined', person_number, 300000))
from person
left join person_tags using (person_number)
inner join faker_pool as first_name
    on first_name.kind = 'first_name'
    and pick('first_name', person_number, %(pool_size)s) = first_name.entry
inner join faker_pool as last_name
    on last_name.kind = 'last_name'
    and pick('last_name', person_number, %(pool_size)s) = last_name.entry
inner join faker_pool as domain
    on domain.kind = 'domain'
    and pick('domain', person_number, %(pool_size)s) = domain.entry;

insert into company_users (id, company_id, user_id, joined_at)
with members as (
    select person_number, company
    from home
    union all
    select person_number, company
    from volunteer
    union all
    select person_number, pick('admin_of', person_number, %(companies)s)
    from person
    where role = 'company_admin'
),

memberships as (
    select members.*, repetition
    from members
    inner join person using (person_number)
    cross join generate_series(0, 2) as repetition
    where
        not has_no_company
        and (
            repetition = 0
            or (repetition = 1 and has_several_companies)
            or (
                repetition = 2
                and draw('duplicate', person_number) < %(duplicate_membership)s
            )
        )
)

select
    id_of('membership', person_number * 4 + repetition),
    id_of(
        'company',
        case
            when repetition = 1 then (
                company + 1 + pick('second', person_number, %(companies)s - 1)
            ) %% %(companies)s
            else company
        end
    ),
    id_of('user', person_number),
    %(as_of)s - 1000 + make_interval(mins => pick('member', person_number, 300000))
from memberships;

-- one beneficiary in one campaign; a person who goes on moves to the renewal when it
-- starts, and leaves the campaign it renews
create unlogged table part as
with renewed as (
    select
        home.*,
        coalesce(
            draw('continues', person_number) < %(continues)s
            and next_start <= %(as_of)s,
            false
        ) as continues
    from home
),

second as (
    select distinct on (home.person_number)
        home.person_number,
        startable.number as campaign
    from home
    inner join startable
        on home.company = startable.company
        and home.kind = startable.kind
        and home.program_type is distinct from startable.program_type
        and home.start_date <= startable.end_date
        and home.end_date >= startable.start_date
    where draw('second_service', home.person_number) < %(second_service)s
    order by
        home.person_number,
        draw('second_of', home.person_number * 1000003 + startable.number)
),

parts as (
    select
        person_number,
        0 as part,
        campaign,
        case when continues then next_start - 1 end as leaves_on
    from renewed
    union all
    select renewed.person_number, 1, following.number, null
    from renewed
    inner join startable as following
        on renewed.series_number = following.series_number
        and renewed.renewal + 1 = following.renewal
        and following.copy = 0
    where renewed.continues
    union all
    select person_number, 2, campaign, null
    from second
)

select
    parts.*,
    parts.person_number * 4 + parts.part as part_number,
    id_of('user', parts.person_number) as user_id
from parts;
analyze part;

create unlogged table participation as
with cohorts as (
    select
        cohort.*,
        row_number() over (partition by campaign order by cohort) - 1 as slot,
        count(*) over (partition by campaign) as slots
    from cohort
    where has_started
),

placed as (
    select
        part.*,
        cohorts.cohort_number,
        cohorts.campaign_id,
        cohorts.program_instance_id,
        cohorts.cohort_start,
        cohorts.cohort_end,
        cohorts.is_paused,
        cohorts.shape = 'parallel' and cohorts.slots > 1 as has_parallel_cohort,
        campaign.company,
        campaign.program_type,
        campaign.series_number,
        campaign.renewal,
        campaign.next_start,
        campaign.previous_end,
        campaign.has_twin,
        campaign.is_open,
        campaign.is_switched_off,
        case
            when draw('enrolled', part_number) >= %(enrolled)s then null
            when draw('enrolment', part_number) < %(stale_enrolment)s then 'stale'
            when
                draw('enrolment', part_number)
                < %(stale_enrolment)s + %(dropped_enrolment)s
                then 'dropped'
            when
                draw('enrolment', part_number)
                < %(stale_enrolment)s + %(dropped_enrolment)s + %(null_instance)s
                then 'null'
            when draw('enrolment', part_number) < (
                %(stale_enrolment)s + %(dropped_enrolment)s
                + %(null_instance)s + %(dangling_instance)s
            )
                then 'dangling'
            else 'right'
        end as enrolment,
        -- sessions are scheduled up to three weeks ahead; nothing else is in the future
        least(
            coalesce(leaves_on, cohort_end),
            cohort_end,
            %(as_of)s + case
                when campaign.program_type in ('mentorship', 'language') then 21
                else 0
            end
        ) as last_day
    from part
    inner join campaign on part.campaign = campaign.number
    inner join cohorts
        on part.campaign = cohorts.campaign
        and pick('cohort', part_number, cohorts.slots::integer) = cohorts.slot
),

-- how many activities: by days in the cohort and what the service is like
weighted as (
    select
        placed.*,
        greatest(last_day - cohort_start + 1, 0)
        * case program_type
            when 'mentorship' then 10
            when 'language' then 14
            when 'buddy' then 4
            when 'upskilling' then 7
            else 8
        end
        * (50 + pick('eagerness', part_number, 100)) as weight
    from placed
),

running as (
    select
        weighted.*,
        sum(weight) over (order by part_number)::numeric as weight_to,
        sum(weight) over ()::numeric as weight_of_all,
        pick('volunteer', part_number, staff.volunteers) as usual_slot,
        pick('stand_in', part_number, staff.volunteers) as stand_in_slot
    from weighted
    inner join staff using (company)
)

select
    running.*,
    usual.user_id as volunteer_id,
    stand_in.user_id as stand_in_id,
    div((weight_to - weight) * %(activities)s, weight_of_all)::integer + 1
        as first_activity,
    div(weight_to * %(activities)s, weight_of_all)::integer as last_activity,
    person.has_no_company,
    person.has_several_companies,
    person_tags.is_missing as has_tags_missing,
    person_tags.is_wrong as has_tags_wrong
from running
inner join person using (person_number)
inner join person_tags using (person_number)
inner join volunteer as usual
    on running.company = usual.company
    and running.usual_slot = usual.slot
inner join volunteer as stand_in
    on running.company = stand_in.company
    and running.stand_in_slot = stand_in.slot;
analyze participation;

insert into program_enrollments (
    id, user_id, program_instance_id, status, enrolled_at, updated_at
)
with older as (
    select
        participation.part_number,
        cohort.program_instance_id
    from participation
    inner join campaign
        on participation.series_number = campaign.series_number
        and pick('older', participation.part_number, participation.renewal)
        = campaign.renewal
        and participation.renewal > 0
        and campaign.copy = 0
    inner join cohort on campaign.number = cohort.campaign and cohort.cohort = 0
    where enrolment = 'stale'
),

-- the cohorts of each company that have begun
begun as (
    select
        cohort.*,
        campaign.company,
        row_number() over (
            partition by campaign.company order by cohort.cohort_number
        ) - 1 as slot,
        count(*) over (partition by campaign.company) as slots
    from cohort
    inner join campaign on cohort.campaign = campaign.number
    where campaign.has_started
),

other as (
    select
        participation.part_number,
        begun.program_instance_id
    from participation
    inner join begun
        on participation.company = begun.company
        and pick('other', participation.part_number, begun.slots::integer) = begun.slot
    where enrolment = 'stale'
)

select
    id_of('enrolment', part_number),
    user_id,
    case enrolment
        when 'stale'
            then coalesce(older.program_instance_id, other.program_instance_id)
        when 'null' then null
        when 'dangling' then id_of('no_such_cohort', part_number)
        else participation.program_instance_id
    end,
    (
        case
            when enrolment = 'dropped' then 'dropped'
            when cohort_end < %(as_of)s then 'completed'
            else 'active'
        end
    )::enrollment_status,
    cohort_start - pick('enrolled_on', part_number, 20) + time '09:00',
    cohort_start + time '09:00'
from participation
left join older using (part_number)
left join other using (part_number)
where enrolment is not null;
