-- Drops what migration 0049 added, told by its comment; a column that was there
-- before stays, with its values.

do $$
declare
    mark constant text := 'campaign-association: added by migration 0049';
    added record;
begin
    if exists (
        select from pg_attribute
        where attrelid = 'kintell_sessions'::regclass
            and attname = 'program_instance_id'
            and col_description(attrelid, attnum) = mark
    ) then
        -- its foreign key and indexes go with it
        alter table kintell_sessions drop column program_instance_id;
    end if;

    for added in
        select conname from pg_constraint
        where conrelid = 'kintell_sessions'::regclass
            and obj_description(oid, 'pg_constraint') = mark
    loop
        execute format(
            'alter table kintell_sessions drop constraint %I', added.conname
        );
    end loop;

    drop index if exists campaign_association_sessions_instance_idx;
    drop index if exists campaign_association_sessions_date_idx;
end
$$;
