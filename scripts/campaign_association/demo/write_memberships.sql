-- Who works for, or takes part at, which company.

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
    select
        members.person_number,
        user_id,
        repetition,
        case
            when repetition = 1 then (
                company + 1 + pick('second', person_number, %(companies)s - 1)
            ) %% %(companies)s
            else company
        end as company
    from members
    inner join person using (person_number)
    -- 0 is the membership proper, 1 another company, 2 the same recorded twice
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
),

company_ids as (
    select
        company,
        id_of('company', company) as company_id
    from generate_series(0, %(companies)s - 1) as company
)

select
    id_of('membership', person_number * 4 + repetition),
    company_id,
    user_id,
    %(as_of)s - 1000 + make_interval(mins => pick('member', person_number, 300000))
from memberships
inner join company_ids using (company);
