-- Drops what migration 0051 added, told by its comment; a column that was there
-- before stays, with its values.

do $$
declare
    mark constant text := 'campaign-association: added by migration 0051';
    added record;
begin
    if exists (
        select from pg_attribute
        where attrelid = 'learning_progress'::regclass
            and attname = 'program_instance_id'
            and col_description(attrelid, attnum) = mark
    ) then
        -- its foreign key and indexes go with it
        alter table learning_progress drop column program_instance_id;
    end if;

    for added in
        select conname from pg_constraint
        where conrelid = 'learning_progress'::regclass
            and obj_description(oid, 'pg_constraint') = mark
    loop
        execute format(
            'alter table learning_progress drop constraint %I', added.conname
        );
    end loop;

    drop index if exists campaign_association_completions_instance_idx;
    drop index if exists campaign_association_completions_date_idx;
end
$$;
