{% set source_rows = source('platform', 'buddy_matches') %}
-- PostgreSQL plans a view with CTEs apart, and every run reads all of it
select
    id as match_id,
    participant_id,
    buddy_id,
    program_instance_id,

    {{ moment('matched_at', source_rows) }} as matched_at

from {{ source_rows }}
