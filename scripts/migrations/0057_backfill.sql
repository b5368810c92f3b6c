-- Backfill: what a backfill has still to do, and the indexes that find its activities.
-- What this file adds to the platform bears a comment, so that its rollback drops
-- nothing else. A query's rows are statements to run. Every step may run again.
-- depends: 0056_ingest
-- transactional: false

-- one row a backfill; the newest one is the one to resume
create table if not exists association_ops.backfills (
    backfill_id bigint generated always as identity primary key,
    entity text not null check (entity in ('sessions', 'matches', 'completions', 'all')),
    company_id uuid,
    start_date date,
    end_date date,
    as_of_date date not null,
    activities bigint not null default 0,
    chunks integer not null default 0,
    chunks_done integer not null default 0 check (chunks_done <= chunks),
    status text not null default 'running' check (status in ('running', 'done')),
    started_at timestamptz not null default clock_timestamp(),
    finished_at timestamptz
);

-- the activities of the newest backfill, in the chunks in which they are associated
create table if not exists association_ops.backfill_activities (
    chunk integer not null,
    activity_type text not null,
    activity_id uuid not null
);

create index if not exists backfill_activities_chunk_idx
on association_ops.backfill_activities (chunk);

-- what dbt is to associate next
create or replace view association_ops.activities_to_backfill as
select
    activities.activity_type,
    activities.activity_id
from association_ops.backfill_activities as activities
where activities.chunk = (
    select least(backfills.chunks_done + 1, backfills.chunks)
    from association_ops.backfills
    order by backfills.backfill_id desc
    limit 1
);

-- concurrent builds wait for old transactions without blocking anybody
set lock_timeout = '15min';

with needed (table_name, column_name) as (
    values
    ('company_users', 'company_id'),
    ('kintell_sessions', 'volunteer_id'),
    ('kintell_sessions', 'completed_at'),
    ('kintell_sessions', 'scheduled_at'),
    ('buddy_matches', 'buddy_id'),
    ('buddy_matches', 'matched_at'),
    ('learning_progress', 'completed_at')
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
    'comment on index %I is ''campaign-association: added by migration 0057''',
    pg_class.relname
)
from pg_class
inner join pg_index on pg_class.oid = pg_index.indexrelid
where pg_class.relname in (
    'campaign_association_company_users_company_id_idx',
    'campaign_association_kintell_sessions_volunteer_id_idx',
    'campaign_association_kintell_sessions_completed_at_idx',
    'campaign_association_kintell_sessions_scheduled_at_idx',
    'campaign_association_buddy_matches_buddy_id_idx',
    'campaign_association_buddy_matches_matched_at_idx',
    'campaign_association_learning_progress_completed_at_idx'
)
    and pg_index.indrelid in (
        to_regclass('company_users'),
        to_regclass('kintell_sessions'),
        to_regclass('buddy_matches'),
        to_regclass('learning_progress')
    );
