-- Brings the checks and indexes of the log back.

drop trigger if exists keep_runs on association_ops.write_back_runs;
drop function if exists association_ops.keep_runs();

select unnest(array[
    'alter table association_ops.write_back_log'
    ' drop constraint write_back_log_pkey,'
    ' add primary key (log_id)',
    'create index write_back_log_activity_idx'
    ' on association_ops.write_back_log (activity_type, activity_id, log_id desc)',
    'create index write_back_log_run_id_idx on association_ops.write_back_log (run_id)',
    'drop index association_ops.write_back_log_runs_idx',
    'alter table association_ops.write_back_log'
    ' add check (activity_type in (''session'', ''match'', ''completion'')),'
    ' add check (old_value is distinct from new_value),'
    ' add foreign key (run_id) references association_ops.write_back_runs (run_id)'
])
where to_regclass('association_ops.write_back_log_runs_idx') is not null;

drop index if exists association_ops.write_back_log_activity_key;
