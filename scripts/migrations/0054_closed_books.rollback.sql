-- Drops the closed books. The log of closings goes too; `down` is refused before that
-- while anything is locked.

drop table if exists association_ops.locked_associations;
drop table if exists association_ops.book_closings;
drop function if exists association_ops.keep_book_closings();
alter table if exists association_ops.dbt_runs drop column if exists target_schema;
