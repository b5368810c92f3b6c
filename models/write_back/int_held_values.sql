-- One row an activity of the platform, with the program instance that its row holds now.
with

sessions as (

    select * from {{ ref('stg_platform__kintell_sessions') }}

),

matches as (

    select * from {{ ref('stg_platform__buddy_matches') }}

),

completions as (

    select * from {{ ref('stg_platform__learning_progress') }}

)

select
    'session' as activity_type,
    session_id as activity_id,
    program_instance_id
from sessions

union all

select
    'match' as activity_type,
    match_id as activity_id,
    program_instance_id
from matches

union all

select
    'completion' as activity_type,
    completion_id as activity_id,
    program_instance_id
from completions
