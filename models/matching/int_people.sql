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

members as (

    select
        memberships.user_id,
        case
            when count(*) = 1 then {{ only_value('memberships.company_id') }}
        end as only_company_id,
        {{ set_hash(['memberships.company_id', 'companies.campaigns_hash']) }}
            as campaigns_hash
    from memberships
    left join companies
        on memberships.company_id = companies.company_id
    group by memberships.user_id

),

placed as (

    select * from {{ ref('int_placement_fingerprints') }}
    where placement_view = ''

),

people as (

    select
        coalesce(users.user_id, members.user_id, placed.beneficiary_id) as user_id,
        users.user_id is not null as is_known,
        members.user_id is not null as is_member,
        coalesce(users.tags, {{ no_tags() }}) as tags,
        members.only_company_id,
        members.campaigns_hash,
        placed.placements_hash
    from users
    full outer join members
        on users.user_id = members.user_id
    full outer join placed
        on coalesce(users.user_id, members.user_id) = placed.beneficiary_id

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
