-- Ingestion: what the triggers note, and the indexes that their look-ups need.
-- What this file adds to the platform bears a comment, so that its rollback drops
-- nothing else. A query's rows are statements to run. Every step may run again.
-- depends: 0055_roles
-- transactional: false

-- the triggers that are installed, and whether they are to do anything; at most one row
create table if not exists association_ops.ingest_state (
    is_only boolean primary key default true check (is_only),
    is_enabled boolean not null,
    run_id bigint not null references association_ops.write_back_runs (run_id),
    functions_hash text not null,
    installed_at timestamptz not null default clock_timestamp(),
    refreshed_at timestamptz not null default clock_timestamp()
);

-- one row an activity that the triggers left NULL for the next run; without its id, as
-- that is all that `ingest status` asks. Runs forget old rows.
create table if not exists association_ops.ingest_left_open (
    activity_type text not null,
    decision text not null,
    left_at timestamptz not null default clock_timestamp()
);

-- times only grow, so that these cost next to nothing
create index if not exists ingest_left_open_left_at_idx
on association_ops.ingest_left_open using brin (left_at);

create index if not exists ingest_failures_failed_at_idx
on association_ops.ingest_failures using brin (failed_at);

create index if not exists write_back_log_written_at_idx
on association_ops.write_back_log using brin (written_at);

-- Takes an instance so that it cannot be deleted until the transaction ends, without ever
-- waiting: tells whether it is there and nobody is deleting it. Why it is a function is
-- said at hold_program_instances (migration 0055).
select format(
    $create$
    create or replace function association_ops.hold_free_instance(instance_id uuid)
    returns boolean
    language plpgsql
    security definer
    set search_path = pg_catalog, pg_temp
    as $body$
    begin
        perform from %I.program_instances
        where id = instance_id
        for key share skip locked;
        return found;
    end
    $body$
    $create$,
    pg_namespace.nspname
)
from pg_class
inner join pg_namespace on pg_class.relnamespace = pg_namespace.oid
where pg_class.oid = 'program_instances'::regclass;

revoke execute on function association_ops.hold_free_instance(uuid) from public;

-- concurrent builds wait for old transactions without blocking anybody
set lock_timeout = '15min';

with needed (table_name, column_name) as (
    values
    ('company_users', 'user_id'),
    ('campaigns', 'company_id'),
    ('program_instances', 'campaign_id'),
    ('program_enrollments', 'user_id'),
    ('kintell_sessions', 'participant_id'),
    ('buddy_matches', 'participant_id'),
    ('learning_progress', 'user_id')
),

missing as (
    select
        needed.*,
        format('campaign_association_%s_%s_idx', table_name, column_name) as index_name
    from needed
    inner join pg_attribute
        on pg_attribute.attrelid = to_regclass(needed.table_name)
        and pg_attribute.attname = needed.column_name
    where not exists (
        select from pg_index
        inner join pg_class on pg_index.indexrelid = pg_class.oid
        inner join pg_am on pg_class.relam = pg_am.oid
        where pg_index.indrelid = pg_attribute.attrelid
            and pg_index.indkey[0] = pg_attribute.attnum
            and pg_index.indisvalid
            and pg_index.indpred is null
            and pg_am.amname = 'btree'
    )
)

select unnest(array[
    format('drop index concurrently if exists %I', index_name),
    format(
        'create index concurrently %I on %I (%I)', index_name, table_name, column_name
    )
])
from missing;

set lock_timeout = '2s';

select format(
    'comment on index %I is ''campaign-association: added by migration 0056''',
    pg_class.relname
)
from pg_class
inner join pg_index on pg_class.oid = pg_index.indexrelid
where pg_class.relname in (
    'campaign_association_company_users_user_id_idx',
    'campaign_association_campaigns_company_id_idx',
    'campaign_association_program_instances_campaign_id_idx',
    'campaign_association_program_enrollments_user_id_idx',
    'campaign_association_kintell_sessions_participant_id_idx',
    'campaign_association_buddy_matches_participant_id_idx',
    'campaign_association_learning_progress_user_id_idx'
)
    and pg_index.indrelid in (
        to_regclass('company_users'),
        to_regclass('campaigns'),
        to_regclass('program_instances'),
        to_regclass('program_enrollments'),
        to_regclass('kintell_sessions'),
        to_regclass('buddy_matches'),
        to_regclass('learning_progress')
    );
