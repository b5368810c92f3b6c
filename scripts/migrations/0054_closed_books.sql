-- Closed books: the associations that later runs must keep, and who locked them when.
-- depends: 0052_association_ops

alter table association_ops.dbt_runs add column target_schema text;

comment on column association_ops.dbt_runs.target_schema
    is 'Schema of the public models; NULL in rows from before it was recorded.';

-- one row a lock or unlock; the newest one says what is closed
create table association_ops.book_closings (
    closing_id bigint generated always as identity primary key,
    action text not null check (action in ('lock', 'unlock')),
    locked_before date,
    associations bigint not null,
    recorded_by text not null default session_user,
    recorded_at timestamptz not null default clock_timestamp(),
    constraint book_closings_date_fits_action
        check ((action = 'lock') = (locked_before is not null))
);

comment on table association_ops.book_closings is 'Append-only.';

comment on column association_ops.book_closings.associations
    is 'How many associations this row locked, or released.';

create function association_ops.keep_book_closings() returns trigger
language plpgsql
set search_path from current
as $$
begin
    raise exception 'book_closings is append-only: % is not allowed', tg_op
        using errcode = 'restrict_violation',
        hint = 'Use the commands lock and unlock.';
end
$$;

create trigger keep_book_closings
before update or delete or truncate on association_ops.book_closings
for each statement execute function association_ops.keep_book_closings();

-- one row an activity of the closed books, as it was recorded when they were closed;
-- columns as in campaign_associations. closing_id has no foreign key: closings are never
-- deleted, and checking each row doubled the time of a lock
create table association_ops.locked_associations (
    activity_type text not null,
    activity_id uuid not null,
    activity_date date not null,
    company_id uuid,
    company_basis text,
    beneficiary_id uuid,
    campaign_id uuid,
    program_instance_id uuid,
    confidence integer,
    points_company integer,
    points_date integer,
    points_group integer,
    points_status integer,
    points_instance integer,
    group_signal text,
    tag_similarity numeric(7, 6),
    is_placed boolean,
    is_tied boolean,
    is_placed_elsewhere boolean,
    cohort_ambiguous boolean,
    band text,
    decision text not null,
    review_reason text,
    unmatched_reason text,
    near_miss_days integer,
    candidate_count integer,
    runner_up_campaign_id uuid,
    margin integer,
    match_reasons text[],
    rules_version text,
    associated_at timestamptz,
    closing_id bigint not null,
    locked_at timestamptz not null default clock_timestamp(),
    primary key (activity_type, activity_id)
);
