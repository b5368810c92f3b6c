-- Drops what migration 0050 added, told by its comment; a column that was there
-- before stays, with its values.

do $$
declare
    mark constant text := 'campaign-association: added by migration 0050';
    added record;
begin
    if exists (
        select from pg_attribute
        where attrelid = 'buddy_matches'::regclass
            and attname = 'program_instance_id'
            and col_description(attrelid, attnum) = mark
    ) then
        -- its foreign key and indexes go with it
        alter table buddy_matches drop column program_instance_id;
    end if;

    for added in
        select conname from pg_constraint
        where conrelid = 'buddy_matches'::regclass
            and obj_description(oid, 'pg_constraint') = mark
    loop
        execute format(
            'alter table buddy_matches drop constraint %I', added.conname
        );
    end loop;

    drop index if exists campaign_association_matches_instance_idx;
    drop index if exists campaign_association_matches_date_idx;
end
$$;
