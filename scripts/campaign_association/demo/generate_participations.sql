-- Participations: one beneficiary in one cohort, with how much happens there.

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
