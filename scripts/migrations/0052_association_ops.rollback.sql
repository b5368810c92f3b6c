-- Drops the tables that programs and people write.

drop table if exists association_ops.ingest_failures;
drop table if exists association_ops.review_decisions;
drop table if exists association_ops.write_back_log;
drop table if exists association_ops.write_back_runs;
drop table if exists association_ops.dbt_runs;
drop function if exists association_ops.check_review_decision();
drop function if exists association_ops.keep_review_decisions();
