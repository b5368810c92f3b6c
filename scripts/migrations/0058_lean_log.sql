-- A log whose rows cost less: ingestion triggers write them one by one. What its checks said
-- is said by an integrity test now, log_is_sound, which holds back a write-back.
-- A query's rows are statements to run. Every step may run again.
-- depends: 0057_backfill
-- transactional: false

-- the newest row of an activity is found by it, too; ids first, since they tell rows apart
-- at the first look
create unique index concurrently if not exists write_back_log_activity_key
on association_ops.write_back_log (activity_id, activity_type, log_id);

select unnest(array[
    'alter table association_ops.write_back_log drop constraint write_back_log_pkey',
    'alter table association_ops.write_back_log add constraint write_back_log_pkey'
    ' primary key using index write_back_log_activity_key'
])
where to_regclass('association_ops.write_back_log_activity_key') is not null;

drop index concurrently if exists association_ops.write_back_log_activity_idx;

-- runs only grow, so that this costs next to nothing
create index if not exists write_back_log_runs_idx
on association_ops.write_back_log using brin (run_id);

drop index concurrently if exists association_ops.write_back_log_run_id_idx;

-- PostgreSQL reads checks anew for every statement, and a foreign key locks the one row of
-- the run for every row of the log
alter table association_ops.write_back_log
drop constraint if exists write_back_log_activity_type_check,
drop constraint if exists write_back_log_check,
drop constraint if exists write_back_log_run_id_fkey;

-- a run that may be in the log stays
create or replace function association_ops.keep_runs() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $body$
begin
    raise exception 'Runs that wrote to the platform are kept: the log names them.'
        using errcode = 'restrict_violation';
end
$body$;

create or replace trigger keep_runs
before delete or truncate or update of run_id on association_ops.write_back_runs
for each statement
execute function association_ops.keep_runs();
