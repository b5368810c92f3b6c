-- What the platform knows of the participations: enrolments, some of them wrong.

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
