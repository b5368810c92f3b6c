-- Drops the tables of ingestion, and the indexes that migration 0056 added, told by their
-- comment. `down` is refused before that while triggers are installed.

drop function if exists association_ops.hold_free_instance(uuid);
drop table if exists association_ops.ingest_left_open;
drop table if exists association_ops.ingest_state;
drop index if exists association_ops.ingest_failures_failed_at_idx;
drop index if exists association_ops.write_back_log_written_at_idx;

select format('drop index %s', indexrelid::regclass)
from pg_index
where obj_description(indexrelid, 'pg_class')
    = 'campaign-association: added by migration 0056';
