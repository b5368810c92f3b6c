-- The tables of a volunteering platform before this project comes to it, with the
-- columns no model reads: free text, names and addresses that must never leak.
-- Statuses are text and tags jsonb here; platform_*.sql beside this file turn them
-- into the other variants. Runs with the platform's schema as the search_path.

create table companies (
    id uuid primary key default gen_random_uuid(),
    name text not null,
    industry text,
    country char(2),
    contact_email text,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);

create table users (
    id uuid primary key default gen_random_uuid(),
    email text not null,
    first_name text not null,
    last_name text not null,
    phone text,
    role text not null,
    tags jsonb,
    is_active boolean not null default true,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint users_email_key unique (email)
);
create index users_role_idx on users (role);

create table company_users (
    id uuid primary key default gen_random_uuid(),
    company_id uuid not null references companies (id) on delete cascade,
    user_id uuid not null references users (id) on delete cascade,
    joined_at timestamptz not null default now()
);
-- a user can be a member of one company twice, so this is no unique index
create index company_users_company_id_idx on company_users (company_id);
create index company_users_user_id_idx on company_users (user_id);

create table beneficiary_groups (
    id uuid primary key default gen_random_uuid(),
    name text not null,
    description text,
    tags jsonb,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);

create table program_templates (
    id uuid primary key default gen_random_uuid(),
    name text not null,
    description text,
    program_type text,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);

create table campaigns (
    id uuid primary key default gen_random_uuid(),
    name text not null,
    description text,
    company_id uuid not null references companies (id) on delete cascade,
    program_template_id uuid references program_templates (id),
    beneficiary_group_id uuid references beneficiary_groups (id),
    start_date date not null,
    end_date date not null,
    status text not null default 'draft',
    is_active boolean not null default true,
    target_volunteers integer,
    target_beneficiaries integer,
    max_sessions integer,
    budget_allocated numeric(12, 2),
    budget_spent numeric(12, 2) default 0,
    currency char(3),
    pricing_model text,
    internal_notes text,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);
create index campaigns_company_id_idx on campaigns (company_id);
create index campaigns_program_template_id_idx on campaigns (program_template_id);
create index campaigns_beneficiary_group_id_idx on campaigns (beneficiary_group_id);
create index campaigns_dates_idx on campaigns (start_date, end_date);

create table program_instances (
    id uuid primary key default gen_random_uuid(),
    name text not null,
    campaign_id uuid not null references campaigns (id) on delete cascade,
    start_date date not null,
    end_date date,
    status text not null default 'planned',
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);
create index program_instances_campaign_id_idx on program_instances (campaign_id);
create index program_instances_dates_idx on program_instances (start_date, end_date);

-- user_id and program_instance_id come from another service: no foreign keys
create table program_enrollments (
    id uuid primary key default gen_random_uuid(),
    user_id uuid not null,
    program_instance_id uuid,
    status text not null default 'active',
    enrolled_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);
create index program_enrollments_user_id_idx on program_enrollments (user_id);
create index program_enrollments_program_instance_id_idx
on program_enrollments (program_instance_id);

-- the people of the three activity tables live in another service: no foreign keys
create table kintell_sessions (
    id uuid primary key default gen_random_uuid(),
    external_session_id text,
    session_type text not null,
    participant_id uuid not null,
    volunteer_id uuid not null,
    scheduled_at timestamptz,
    completed_at timestamptz,
    duration_minutes integer,
    rating smallint,
    notes text,
    feedback_text text,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);
create index kintell_sessions_participant_id_idx on kintell_sessions (participant_id);
create index kintell_sessions_volunteer_id_idx on kintell_sessions (volunteer_id);
create index kintell_sessions_scheduled_at_idx on kintell_sessions (scheduled_at);
create index kintell_sessions_completed_at_idx on kintell_sessions (completed_at);
create index kintell_sessions_session_type_idx on kintell_sessions (session_type);

create table buddy_matches (
    id uuid primary key default gen_random_uuid(),
    participant_id uuid not null,
    buddy_id uuid not null,
    matched_at timestamptz,
    ended_at timestamptz,
    status text not null default 'active',
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);
create index buddy_matches_participant_id_idx on buddy_matches (participant_id);
create index buddy_matches_buddy_id_idx on buddy_matches (buddy_id);
create index buddy_matches_matched_at_idx on buddy_matches (matched_at);

create table learning_progress (
    id uuid primary key default gen_random_uuid(),
    user_id uuid not null,
    provider text not null,
    course_id text not null,
    status text not null default 'in_progress',
    progress_percent smallint not null default 0,
    started_at timestamptz,
    completed_at timestamptz,
    metadata jsonb,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);
create index learning_progress_user_id_idx on learning_progress (user_id);
create index learning_progress_completed_at_idx on learning_progress (completed_at);

create table buddy_feedback (
    id uuid primary key default gen_random_uuid(),
    match_id uuid not null references buddy_matches (id) on delete cascade,
    from_role text not null,
    rating smallint,
    comment text,
    submitted_at timestamptz not null default now()
);
create index buddy_feedback_match_id_idx on buddy_feedback (match_id);

create table buddy_checkins (
    id uuid primary key default gen_random_uuid(),
    match_id uuid not null references buddy_matches (id) on delete cascade,
    mood text,
    notes text,
    checked_in_at timestamptz not null default now()
);
create index buddy_checkins_match_id_idx on buddy_checkins (match_id);

create table outcome_scores (
    id uuid primary key default gen_random_uuid(),
    text_id uuid not null,
    text_type text not null,
    dimension text not null,
    score numeric(4, 3) not null check (score between 0 and 1),
    confidence numeric(4, 3) check (confidence between 0 and 1),
    model_version text,
    created_at timestamptz not null default now()
);
create index outcome_scores_text_idx on outcome_scores (text_id, text_type);

create table evidence_snippets (
    id uuid primary key default gen_random_uuid(),
    outcome_score_id uuid not null references outcome_scores (id) on delete cascade,
    snippet_text text not null,
    created_at timestamptz not null default now()
);
create index evidence_snippets_outcome_score_id_idx
on evidence_snippets (outcome_score_id);
