-- Drops the tables of backfill, and the indexes that migration 0057 added, told by their
-- comment.

drop view if exists association_ops.activities_to_backfill;
drop table if exists association_ops.backfill_activities;
drop table if exists association_ops.backfills;

select format('drop index %s', indexrelid::regclass)
from pg_index
where obj_description(indexrelid, 'pg_class')
    = 'campaign-association: added by migration 0057';
