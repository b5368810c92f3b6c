-- Variant of platform.sql: statuses and types as enums.

create type program_type as enum (
    'mentorship', 'language', 'buddy', 'upskilling', 'weei'
);
create type campaign_status as enum (
    'draft', 'planned', 'recruiting', 'active', 'paused', 'completed', 'closed'
);
create type instance_status as enum ('planned', 'active', 'paused', 'completed');
create type enrollment_status as enum ('active', 'completed', 'dropped');
create type session_type as enum ('language', 'mentorship');
create type match_status as enum ('active', 'ended', 'cancelled');
create type progress_status as enum ('in_progress', 'completed', 'failed');

alter table program_templates
alter column program_type type program_type using program_type::program_type;

alter table campaigns
alter column status drop default,
alter column status type campaign_status using status::campaign_status,
alter column status set default 'draft';

alter table program_instances
alter column status drop default,
alter column status type instance_status using status::instance_status,
alter column status set default 'planned';

alter table program_enrollments
alter column status drop default,
alter column status type enrollment_status using status::enrollment_status,
alter column status set default 'active';

alter table kintell_sessions
alter column session_type type session_type using session_type::session_type;

alter table buddy_matches
alter column status drop default,
alter column status type match_status using status::match_status,
alter column status set default 'active';

alter table learning_progress
alter column status drop default,
alter column status type progress_status using status::progress_status,
alter column status set default 'in_progress';
