-- Variant of platform.sql: statuses stay text, and, as on the older platforms that
-- have them so, session times have no zone (they are UTC).

alter table kintell_sessions
alter column scheduled_at type timestamp using scheduled_at at time zone 'UTC',
alter column completed_at type timestamp using completed_at at time zone 'UTC';
