-- What there is to choose from: groups of beneficiaries, templates, courses, texts,
-- outcomes.

create unlogged table group_kind as
select
    group_kind.kind,
    group_kind.name,
    string_to_array(group_kind.tags, ' ') as tags
from
    (
        values
        (0, 'Syrian refugees', 'refugee syrian arabic-speaking'),
        (1, 'Ukrainian refugees', 'refugee ukrainian'),
        (2, 'Afghan women', 'refugee afghan women'),
        (3, 'Migrant women', 'migrant women'),
        (4, 'Long-term unemployed', 'unemployed long-term'),
        (5, 'Young job seekers', 'youth unemployed'),
        (6, 'First-generation students', 'student first-generation'),
        (7, 'Single parents', 'parent single-parent'),
        (8, 'People with disabilities', 'disability'),
        (9, 'Seniors', 'senior'),
        (10, 'Veterans', 'veteran career-change'),
        (11, 'Neurodiverse talent', 'neurodiverse'),
        (12, 'Returning mothers', 'parent women returner'),
        (13, 'Care leavers', 'youth care-leaver'),
        (14, 'Rural youth', 'youth rural'),
        (15, 'Asylum seekers', 'asylum-seeker newcomer'),
        (16, 'International students', 'student newcomer'),
        (17, 'Women in tech', 'women tech'),
        (18, 'Low-income families', 'low-income parent'),
        (19, 'People leaving prison', 'justice-experienced'),
        (20, 'Farm workers', 'migrant rural'),
        (21, 'Career changers', 'career-change tech'),
        (22, 'Deaf learners', 'disability deaf'),
        (23, 'Carers', 'carer'),
        (24, 'Everyone', null)
    ) as group_kind (kind, name, tags);

create unlogged table template_kind as
select * from
    (
        values
        (0, 'Mentors at Work', 'mentorship', 0.00, 0.32),
        (1, 'Language Connect', 'language', 0.32, 0.60),
        (2, 'Buddy Welcome', 'buddy', 0.60, 0.78),
        (3, 'Upskill Online', 'upskilling', 0.78, 0.94),
        (4, 'Empowerment Index', 'weei', 0.94, 0.97),
        (5, 'Tailored Programme', null, 0.97, 1.00)
    ) as template_kind (template, name, program_type, draw_from, draw_below);

create unlogged table course as
select * from
    (
        values
        (0, 'coursera', 'excel-basics', '{"skill_tags": ["excel"]}'::jsonb),
        (1, 'coursera', 'python-start', '{"skill_tags": ["python", "tech"]}'),
        (2, 'linkedin', 'job-interview', '{"skill_tags": ["interview", "cv"]}'),
        (3, 'linkedin', 'office-english', '{"skill_tags": []}'),
        (4, 'moodle', 'digital-basics', '{"skill_tags": ["Digital "]}'),
        (5, 'moodle', 'teamwork', '{"locale": "de"}'),
        (6, 'moodle', 'first-aid', null),
        (7, 'udemy', 'bookkeeping', '{"skill_tags": "finance"}'),
        (8, 'udemy', 'care-assistant', '{"skill_tags": [null, 7, "care"]}'),
        (9, 'udemy', 'data-start', '{"locale": "en"}')
    ) as course (course, provider, course_id, metadata);

create unlogged table outcome as
select * from
    (
        values
        (0, 'integration'), (1, 'belonging'), (2, 'language'),
        (3, 'language_proficiency'), (4, 'lang_level_proxy'), (5, 'job_readiness'),
        (6, 'career_readiness'), (7, 'workplace_readiness'), (8, 'well_being'),
        (9, 'confidence')
    ) as outcome (outcome, dimension);

-- the texts about an activity, and the share of activities that have them
create unlogged table text_kind as
select * from
    (
        values
        ('session', 'kintell_feedback', 0, 0.14::double precision),
        ('match', 'buddy_feedback', 1, 0.5),
        ('match', 'buddy_feedback', 2, 0.5),
        ('match', 'checkin_note', 3, 0.3),
        ('match', 'checkin_note', 4, 0.3),
        ('match', 'checkin_note', 5, 0.3)
    ) as text_kind (activity_type, text_type, text_number, share);

analyze group_kind, template_kind, course, outcome, text_kind;
