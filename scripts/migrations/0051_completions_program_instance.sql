-- Links completions to program instances: learning_progress.program_instance_id.
-- What this file adds bears a comment, so that its rollback drops nothing else.
-- A query's rows are statements to run. Every step may run again after a kill.
-- depends: 0050_matches_program_instance
-- transactional: false

do $$
declare
    mark constant text := 'campaign-association: added by migration 0051';
    found_mark text;
begin
    select coalesce(col_description(attrelid, attnum), '')
    into found_mark
    from pg_attribute
    where attrelid = 'learning_progress'::regclass
        and attname = 'program_instance_id'
        and not attisdropped;

    if not found then
        alter table learning_progress add column program_instance_id uuid;
        comment on column learning_progress.program_instance_id
            is 'campaign-association: added by migration 0051';
    elsif found_mark <> mark then
        raise warning 'learning_progress.program_instance_id was there before; it '
            'stays as it is, also when the migration is taken back';
    end if;
end
$$;

-- concurrent builds wait for old transactions without blocking anybody
set lock_timeout = '15min';

select unnest(array[
    'drop index concurrently if exists campaign_association_completions_instance_idx',
    'create index concurrently campaign_association_completions_instance_idx
        on learning_progress (program_instance_id)'
])
where not exists (
    select from pg_index
    where indrelid = 'learning_progress'::regclass
        and indisvalid
        and pg_get_indexdef(indexrelid) like '% USING btree (program_instance_id)'
);

select unnest(array[
    'drop index concurrently if exists campaign_association_completions_date_idx',
    'create index concurrently campaign_association_completions_date_idx
        on learning_progress (program_instance_id, completed_at)
        where program_instance_id is not null'
])
where not exists (
    select from pg_index
    where indrelid = 'learning_progress'::regclass
        and indisvalid
        and pg_get_indexdef(indexrelid) like
            '% USING btree (program_instance_id, completed_at)'
            ' WHERE (program_instance_id IS NOT NULL)'
);

set lock_timeout = '2s';

select format(
    'comment on index %I is ''campaign-association: added by migration 0051''', name
)
from unnest(array[
    'campaign_association_completions_instance_idx',
    'campaign_association_completions_date_idx'
]) as name
where to_regclass(name) is not null;

do $$
declare
    existing record;
begin
    select conname, pg_get_constraintdef(oid) as definition
    into existing
    from pg_constraint
    where conrelid = 'learning_progress'::regclass
        and confrelid = 'program_instances'::regclass
        and pg_get_constraintdef(oid) like 'FOREIGN KEY (program_instance_id) %';

    if not found then
        alter table learning_progress
        add constraint campaign_association_completions_instance_fkey
        foreign key (program_instance_id) references program_instances (id)
        on delete set null not valid;
        comment on constraint campaign_association_completions_instance_fkey
            on learning_progress is 'campaign-association: added by migration 0051';
    elsif existing.definition not like '% ON DELETE SET NULL%' then
        raise warning 'learning_progress.program_instance_id keeps its own foreign '
            'key %, which is not ON DELETE SET NULL', existing.conname;
    end if;
end
$$;

select 'alter table learning_progress
    validate constraint campaign_association_completions_instance_fkey'
from pg_constraint
where conrelid = 'learning_progress'::regclass
    and conname = 'campaign_association_completions_instance_fkey'
    and not convalidated;
