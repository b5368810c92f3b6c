-- The true activities: whose, with whom, when, of which campaign and cohort, and what
-- makes that hard to tell. One row an activity; the services' tables are filled from it.

create unlogged table activity as
with drawn as (
    select
        activity_number,
        user_id,
        case
            when draw('stand_in', activity_number) < 0.15 then stand_in_id
            else volunteer_id
        end as volunteer_id,
        company,
        case
            when program_type in ('mentorship', 'language') then program_type
            when program_type = 'buddy' then 'match'
            when program_type = 'upskilling' then 'completion'
            -- programmes of no particular service use all of them
            when draw('service', activity_number) < 0.4 then 'mentorship'
            when draw('service', activity_number) < 0.65 then 'language'
            when draw('service', activity_number) < 0.75 then 'match'
            else 'completion'
        end as service,
        cohort_start
        + pick('day', activity_number, last_day - cohort_start + 1) as usual_day,
        cohort_end,
        campaign_id,
        program_instance_id,
        draw('missing_date', activity_number) < %(missing_date)s as has_no_date,
        draw('unknown', activity_number) < %(unknown_beneficiary)s as is_unknown,
        draw('origin', activity_number) as origin,
        next_start,
        previous_end,
        case
            when is_switched_off then 'campaign_inactive'
            when is_paused then 'cohort_paused'
            when enrolment = 'right' then 'plain'
            when enrolment = 'stale' then 'stale_enrolment'
            when has_no_company then 'no_company'
            when has_several_companies then 'several_companies'
            when has_twin then 'twin_campaign'
            when has_tags_missing and not is_open then 'tags_missing'
        end as hardship,
        case
            when has_parallel_cohort then 'parallel_cohort'
            when has_tags_wrong and not is_open then 'tags_wrong'
            when is_open then 'open_group'
            when program_type is null or program_type = 'weei' then 'any_program_type'
            else 'plain'
        end as lesser_hardship
    from participation
    cross join lateral
        generate_series(first_activity, last_activity) as activity_number
),

sorted as (
    select
        drawn.*,
        case
            when origin < %(private_use)s then 'private_use'
            when origin < %(private_use)s + %(other_service)s then 'other_service'
            when
                origin < (
                    %(private_use)s + %(other_service)s + %(before_campaigns)s
                )
                then 'before_campaigns'
            when
                origin < (
                    %(private_use)s + %(other_service)s + %(before_campaigns)s
                    + %(made_up_after_end)s
                )
                and service in ('mentorship', 'language')
                and cohort_end + 10 <= %(as_of)s
                then 'made_up_after_end'
        end as oddity
    from drawn
),

dated as (
    select
        sorted.*,
        coalesce(oddity = 'made_up_after_end', true) as belongs,
        case oddity
            when 'private_use' then least(usual_day, %(as_of)s)
            when 'other_service'
                then %(as_of)s - pick('private_day', activity_number, 730)
            when 'before_campaigns'
                then %(as_of)s - 731 - pick('before', activity_number, 200)
            when 'made_up_after_end'
                then cohort_end + 1 + pick('made_up', activity_number, 10)
            else usual_day
        end as day
    from sorted
)

select
    activity_number,
    case
        when oddity = 'other_service' or service in ('mentorship', 'language')
            then 'session'
        else service
    end as activity_type,
    case
        when oddity is distinct from 'other_service' then service
        when service = 'mentorship' then 'language'
        else 'mentorship'
    end as service,
    id_of('activity', activity_number) as activity_id,
    case when is_unknown then id_of('no_such_user', activity_number) else user_id end
        as user_id,
    volunteer_id,
    day,
    case
        when has_no_date then null
        when draw('near_midnight', activity_number) < %(near_midnight)s
            then day + make_interval(
                mins => (pick('midnight', activity_number, 60) + 1410) %% 1440
            )
        else day + make_interval(mins => 420 + pick('minute', activity_number, 840))
    end as happened_at,
    case when belongs then campaign_id end as campaign_id,
    case when belongs then program_instance_id end as program_instance_id,
    case
        when has_no_date then 'missing_date'
        when is_unknown then 'unknown_beneficiary'
        when oddity is not null then oddity
        when day > %(as_of)s then 'future_dated'
        when hardship is not null then hardship
        when day >= next_start or day <= previous_end then 'renewal_overlap'
        else lesser_hardship
    end as circumstance
from dated;
analyze activity;
