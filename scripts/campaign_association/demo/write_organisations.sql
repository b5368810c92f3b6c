-- Companies, groups, templates, campaigns and cohorts as the platform records them.
-- Targets fit what really happened.

insert into companies (
    id, name, industry, country, contact_email, created_at, updated_at
)
select
    id_of('company', company),
    name.value,
    (array['Software', 'Banking', 'Retail', 'Energy'])[1 + pick('trade', company, 4)],
    (array['DE', 'US', 'GB', 'NL', 'FR'])[1 + pick('country', company, 5)],
    'csr@' || domain.value,
    %(as_of)s - 1100 + time '08:00',
    %(as_of)s - 1100 + time '08:00'
from generate_series(0, %(companies)s - 1) as company
inner join faker_pool as name
    on name.kind = 'company' and company %% %(pool_size)s = name.entry
inner join faker_pool as domain
    on domain.kind = 'domain'
    and pick('company_domain', company, %(pool_size)s) = domain.entry;

-- every group twice: the second time with the tags typed less tidily
insert into beneficiary_groups (
    id, name, description, tags, created_at, updated_at
)
select
    id_of('group', kind * 2 + region),
    name || case region when 0 then '' else ' (regional)' end,
    'Programmes for ' || lower(name) || '.',
    tags_of(
        case
            when region = 0 then tags
            when tags is null then '{}'
            else (' ' || upper(tags[1])) || tags || array['', null]
        end
    ),
    %(as_of)s - 1100 + time '08:00',
    %(as_of)s - 1100 + time '08:00'
from group_kind
cross join generate_series(0, 1) as region;

insert into program_templates (
    id, name, program_type, created_at, updated_at
)
select
    id_of('template', template),
    name,
    program_type::program_type,
    %(as_of)s - 1100 + time '08:00',
    %(as_of)s - 1100 + time '08:00'
from template_kind;

insert into campaigns (
    id, name, description, company_id, program_template_id, beneficiary_group_id,
    start_date, end_date, status, is_active, target_volunteers, target_beneficiaries,
    max_sessions, budget_allocated, budget_spent, currency, pricing_model,
    internal_notes, created_at, updated_at
)
with happened as (
    select
        campaign as number,
        count(distinct volunteer_id) as volunteers,
        count(distinct user_id) as beneficiaries,
        sum(last_activity - first_activity + 1) as activities
    from participation
    group by campaign
),

sized as (
    select
        campaign.*,
        -- how much of what was planned has happened by as_of
        least(
            1,
            greatest(0.2, (%(as_of)s - start_date)::numeric / (end_date - start_date))
        ) as elapsed,
        coalesce(volunteers, 10) as volunteers,
        coalesce(beneficiaries, 12) as beneficiaries,
        coalesce(activities, 60) as activities
    from campaign
    left join happened using (number)
)

select
    campaign_id,
    template_kind.name || ' for ' || lower(group_kind.name)
    || to_char(start_date, '", Q"Q YYYY')
    || case copy when 0 then '' when 1 then ' II' else ' (copy)' end,
    'Our company and ' || lower(group_kind.name) || '.',
    id_of('company', company),
    -- a tailored programme has no template, or one without a type
    case
        when template < 5 or draw('without_template', series_number) < 0.5
            then id_of('template', template)
    end,
    case
        when sized.kind < 24 or draw('without_group', series_number) < 0.5
            then id_of('group', sized.kind * 2 + pick('region', series_number, 2))
    end,
    start_date,
    end_date,
    (
        case
            when copy = 2 then 'draft'
            when start_date > %(as_of)s
                then (array['draft', 'planned', 'planned', 'recruiting'])[
                    1 + pick('status', number, 4)
                ]
            when draw('campaign_paused', number) < %(campaign_paused)s then 'paused'
            when end_date < %(as_of)s then case
                when draw('status_behind', number) < %(status_behind)s then 'active'
                when draw('closed', number) < 0.25 then 'closed'
                else 'completed'
            end
            when draw('status_behind', number) < %(status_behind)s
                then (array['recruiting', 'planned'])[1 + pick('status', number, 2)]
            else 'active'
        end
    )::campaign_status,
    not is_switched_off,
    case
        when draw('no_target', number) < 0.05 then null
        when draw('no_target', number) < 0.06 then 0
        else ceil(volunteers / elapsed * (0.7 + draw('target_1', number)))
    end,
    case when draw('no_target', number) >= 0.05
        then ceil(beneficiaries / elapsed * (0.7 + draw('target_2', number))) end,
    case when draw('no_target', number) >= 0.05
        then ceil(activities / elapsed * (0.7 + draw('target_3', number))) end,
    round(4000 + beneficiaries * 150 / elapsed),
    case when start_date <= %(as_of)s
        then round(
            (
                (4000 + beneficiaries * 150 / elapsed) * elapsed
                * (0.55 + 0.6 * draw('spent', number))
            )::numeric, 2
        ) else 0 end,
    (array['EUR', 'EUR', 'EUR', 'USD', 'USD', 'GBP', 'GBP', 'CHF'])[
        1 + pick('currency', series_number, 8)
    ],
    (array['seats', 'credits', 'bundle', 'custom'])[
        1 + pick('pricing', series_number, 4)
    ],
    case when draw('internal_note', number) < 0.3 then sentence.value end,
    start_date - 60 + time '08:00',
    start_date - 30 + time '08:00'
from sized
inner join group_kind on sized.kind = group_kind.kind
inner join template_kind using (template)
inner join faker_pool as sentence
    on sentence.kind = 'sentence'
    and pick('about', number, %(pool_size)s) = sentence.entry;

insert into program_instances (
    id, name, campaign_id, start_date, end_date, status, created_at, updated_at
)
select
    program_instance_id,
    'Cohort ' || cohort + 1,
    campaign_id,
    cohort_start,
    case when not is_open_ended then cohort_end end,
    (
        case
            when is_paused then 'paused'
            when cohort_start > %(as_of)s then 'planned'
            when cohort_end >= %(as_of)s or is_open_ended then 'active'
            when draw('cohort_behind', cohort_number) < %(status_behind)s then 'active'
            else 'completed'
        end
    )::instance_status,
    cohort_start - 45 + time '08:00',
    cohort_start + time '08:00'
from cohort;
