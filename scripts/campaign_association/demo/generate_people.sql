-- Who there is: beneficiaries with the campaign they come for, and volunteers.

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
