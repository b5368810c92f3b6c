-- The tables that programs and people write: builds, write-backs, decisions.
-- depends: 0051_completions_program_instance

-- one row a dbt invocation, written by dbt's on-run hooks
create table association_ops.dbt_runs (
    invocation_id text primary key,
    command text not null,
    started_at timestamptz not null default clock_timestamp(),
    finished_at timestamptz,
    as_of_date date not null,
    builds_associations boolean not null,
    status text not null default 'running'
        check (status in ('running', 'success', 'error')),
    integrity_expected text[] not null default '{}',
    integrity_results jsonb not null default '{}'
);

create index dbt_runs_started_at_idx on association_ops.dbt_runs (started_at desc);

-- one row a run that writes into the platform's tables
create table association_ops.write_back_runs (
    run_id bigint generated always as identity primary key,
    kind text not null
        check (kind in ('run', 'write-back', 'backfill', 'undo', 'ingest')),
    started_at timestamptz not null default clock_timestamp(),
    finished_at timestamptz,
    status text not null default 'running'
        check (status in ('running', 'done', 'failed', 'interrupted')),
    as_of_date date,
    invocation_id text,
    undone_run_id bigint references association_ops.write_back_runs (run_id),
    rows_written bigint not null default 0,
    conflicts bigint
);

comment on column association_ops.write_back_runs.invocation_id
    is 'The dbt build that was written back.';

-- one row a value written; the newest row of an activity is what we last wrote
create table association_ops.write_back_log (
    log_id bigint generated always as identity primary key,
    run_id bigint not null references association_ops.write_back_runs (run_id),
    activity_type text not null
        check (activity_type in ('session', 'match', 'completion')),
    activity_id uuid not null,
    old_value uuid,
    new_value uuid,
    written_at timestamptz not null default clock_timestamp(),
    check (old_value is distinct from new_value)
);

create index write_back_log_activity_idx
    on association_ops.write_back_log (activity_type, activity_id, log_id desc);

create index write_back_log_run_id_idx on association_ops.write_back_log (run_id);

-- what people decided; the highest decision_id of an activity counts
create table association_ops.review_decisions (
    decision_id bigint primary key,
    activity_type text not null
        check (activity_type in ('session', 'match', 'completion')),
    activity_id uuid not null,
    decision text not null
        check (decision in ('accepted', 'reassigned', 'rejected', 'withdrawn')),
    program_instance_id uuid,
    reviewer text not null check (reviewer ~ '^[a-z0-9][a-z0-9._-]{1,62}$'),
    reason text check (reason ~ '^[a-z][a-z0-9_]{1,62}$'),
    batch_id uuid,
    recorded_by text not null,
    decided_at timestamptz not null,
    constraint review_decisions_instance_fits_decision check (
        (decision in ('accepted', 'reassigned')) = (program_instance_id is not null)
    )
);

comment on table association_ops.review_decisions is
    'Append-only. decision_id, recorded_by and decided_at are set by a trigger.';

create sequence association_ops.review_decisions_decision_id_seq
    owned by association_ops.review_decisions.decision_id;

create index review_decisions_activity_idx
    on association_ops.review_decisions
    (activity_type, activity_id, decision_id desc);

-- no foreign keys to the platform: a decision outlives what it was about, but it
-- has to be about something when it is made
create function association_ops.check_review_decision() returns trigger
language plpgsql
set search_path from current
as $$
begin
    if new.activity_type not in ('session', 'match', 'completion') then
        raise exception 'unknown activity_type %', new.activity_type
            using errcode = 'check_violation',
            hint = 'Use session, match or completion.';
    end if;

    if not exists (
        select from kintell_sessions
        where new.activity_type = 'session' and id = new.activity_id
        union all
        select from buddy_matches
        where new.activity_type = 'match' and id = new.activity_id
        union all
        select from learning_progress
        where new.activity_type = 'completion' and id = new.activity_id
    ) then
        raise exception 'there is no % with id %', new.activity_type, new.activity_id
            using errcode = 'foreign_key_violation';
    end if;

    if new.program_instance_id is not null and not exists (
        select from program_instances where id = new.program_instance_id
    ) then
        raise exception 'there is no program instance with id %',
            new.program_instance_id
            using errcode = 'foreign_key_violation';
    end if;

    new.decision_id := nextval('association_ops.review_decisions_decision_id_seq');
    new.recorded_by := session_user;
    new.decided_at := clock_timestamp();
    return new;
end
$$;

create trigger check_review_decision
before insert on association_ops.review_decisions
for each row execute function association_ops.check_review_decision();

create function association_ops.keep_review_decisions() returns trigger
language plpgsql
set search_path from current
as $$
begin
    raise exception 'review_decisions is append-only: % is not allowed', tg_op
        using errcode = 'restrict_violation',
        hint = 'Add a decision; the newest counts. "withdrawn" takes one back.';
end
$$;

create trigger keep_review_decisions
before update or delete or truncate on association_ops.review_decisions
for each statement execute function association_ops.keep_review_decisions();

-- an activity that the ingestion triggers could not place; never the message, as
-- that may hold personal data
create table association_ops.ingest_failures (
    failure_id bigint generated always as identity primary key,
    activity_type text not null
        check (activity_type in ('session', 'match', 'completion')),
    activity_id uuid,
    sqlstate text not null check (sqlstate ~ '^[0-9A-Z]{5}$'),
    failed_at timestamptz not null default clock_timestamp()
);
