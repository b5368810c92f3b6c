-- The users as the platform records them.

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
