-- A platform's tables as the comparison needs them: without foreign keys and NOT
-- NULLs, since ids may point nowhere; the types in braces differ between variants.
create table companies (id uuid primary key, name text);

create table users (id uuid primary key, role text, email text, tags {tags});

create table company_users (company_id uuid, user_id uuid);

create table beneficiary_groups (id uuid primary key, name text, tags {tags});

create table program_templates (id uuid primary key, program_type {program_type});

create table campaigns (
    id uuid primary key,
    name text,
    company_id uuid,
    program_template_id uuid,
    beneficiary_group_id uuid,
    start_date date,
    end_date date,
    status {campaign_status},
    is_active boolean,
    target_volunteers integer,
    target_beneficiaries integer,
    max_sessions integer,
    budget_allocated numeric,
    budget_spent numeric,
    currency text,
    pricing_model text
);

create table program_instances (
    id uuid primary key,
    name text,
    campaign_id uuid,
    start_date date,
    end_date date,
    status {instance_status},
    created_at {moment}
);

create table program_enrollments (
    user_id uuid,
    program_instance_id uuid,
    status {enrollment_status}
);

create table kintell_sessions (
    id uuid primary key,
    session_type {session_type},
    participant_id uuid,
    volunteer_id uuid,
    scheduled_at {moment},
    completed_at {moment},
    duration_minutes integer,
    notes text
);

create table buddy_matches (
    id uuid primary key,
    participant_id uuid,
    buddy_id uuid,
    matched_at {moment},
    status text
);

create table learning_progress (
    id uuid primary key,
    user_id uuid,
    provider text,
    course_id text,
    status {progress_status},
    completed_at {moment},
    metadata jsonb
);

create table buddy_feedback (id uuid primary key, match_id uuid);

create table buddy_checkins (id uuid primary key, match_id uuid);

create table outcome_scores (
    id uuid primary key,
    text_id uuid,
    text_type text,
    dimension text,
    score numeric,
    confidence numeric,
    created_at {moment}
);

create table evidence_snippets (
    id uuid primary key,
    outcome_score_id uuid,
    created_at {moment}
);
