-- One row a person: a user of the platform, a member of a company, or somebody placed in
-- an instance. With the tags, the company if it is one, and the fingerprint of all about
-- the person that can change an association: what an activity needs of its people comes
-- in one look-up.
-- Nobody where nothing changed since the associations were made; else one row more, without
-- user_id, for all together.
with

-- an activity that is explained needs its people, whatever changed
{%- if not explains_activity() %}

overall as (

    select * from {{ ref('int_overall_change') }}

),
{%- endif %}

users as (

    select * from {{ ref('stg_platform__users') }}

),

memberships as (

    select * from {{ ref('int_memberships') }}

),

companies as (

    select
        company_id,
        {{ set_hash(['campaign_month', 'campaigns_hash']) }} as campaigns_hash
    from {{ ref('int_company_fingerprints') }}
    group by company_id

),

placements as (

    select * from {{ ref('int_placements') }}
    where placement_view = ''

),

-- what a person belongs to: companies and cohorts
ties as (

    select
        memberships.user_id,
        memberships.company_id,
        {{ row_hash(['memberships.company_id', 'companies.campaigns_hash']) }} as company_hash,
        cast(null as bigint) as cohort_hash
    from memberships
    left join companies
        on memberships.company_id = companies.company_id

    union all

    select
        beneficiary_id as user_id,
        cast(null as {{ id_type() }}) as company_id,
        cast(null as bigint) as company_hash,
        cohort_hash
    from placements

),

tied as (

    select
        user_id,
        count(company_id) > 0 as is_member,
        case when count(company_id) = 1 then {{ any_id('company_id') }} end as only_company_id,
        {{ hash_sum('company_hash') }} as campaigns_hash,
        {{ hash_sum('cohort_hash') }} as placements_hash
    from ties
    group by user_id

),

people as (

    select
        coalesce(users.user_id, tied.user_id) as user_id,
        users.user_id is not null as is_known,
        coalesce(tied.is_member, false) as is_member,
        coalesce(users.tags, {{ no_tags() }}) as tags,
        tied.only_company_id,
        tied.campaigns_hash,
        tied.placements_hash
    from users
    full outer join tied
        on users.user_id = tied.user_id

),

fingerprinted as (

    select
        *,
        -- who has one company has its campaigns in every activity, those of the month
        {{ row_hash([
            'is_known', 'is_member', 'tags', 'only_company_id',
            'case when only_company_id is null then campaigns_hash end', 'placements_hash',
        ]) }} as person_hash
    from people
    {{ computed_once() }}

)

select
    user_id,
    is_known,
    is_member,
    tags,
    only_company_id,
    person_hash,
    {{ row_hash(['person_hash', 'campaigns_hash']) }} as facts_hash
from fingerprinted
{%- if not explains_activity() %}
where (select overall.is_changed from overall)

union all

select
    cast(null as {{ id_type() }}) as user_id,
    false as is_known,
    false as is_member,
    {{ no_tags() }} as tags,
    cast(null as {{ id_type() }}) as only_company_id,
    cast(null as bigint) as person_hash,
    facts_hash
from overall
where is_changed
{%- endif %}
