{# How a row that is written to each of the three tables is read as an activity: SQL on the
   trigger's NEW. What a column means is the rules' business (macros/scoring); which
   columns there are is that of staging. `is_activity` is none where every row is one;
   `facts` are the columns whose change makes it worth another look. #}
{% macro ingested_tables() %}
    {{ return({
        'session': {
            'table': 'kintell_sessions',
            'facts': ['scheduled_at', 'completed_at', 'participant_id', 'volunteer_id'],
            'is_activity': none,
            'beneficiary': 'new.participant_id',
            'volunteer': 'new.volunteer_id',
            'program_type': 'cast(new.session_type as text)',
            'skill_tags': none,
            'date': reporting_date(session_moment(
                moment('new.completed_at'), moment('new.scheduled_at')
            )),
        },
        'match': {
            'table': 'buddy_matches',
            'facts': ['matched_at', 'participant_id', 'buddy_id'],
            'is_activity': none,
            'beneficiary': 'new.participant_id',
            'volunteer': 'new.buddy_id',
            'program_type': fixed_program_type('match'),
            'skill_tags': none,
            'date': reporting_date(moment('new.matched_at')),
        },
        'completion': {
            'table': 'learning_progress',
            'facts': ['status', 'completed_at', 'user_id'],
            'is_activity': is_completion("cast(new.status as text)"),
            'beneficiary': 'new.user_id',
            'volunteer': 'cast(null as ' ~ id_type() ~ ')',
            'program_type': fixed_program_type('completion'),
            'skill_tags': tag_set(json_member('new.metadata', 'skill_tags')),
            'date': reporting_date(moment('new.completed_at')),
        },
    }) }}
{% endmacro %}


{# A table of the platform, with its schema. #}
{% macro platform_table(name) -%}
    {{ adapter.quote(var('platform_schema')) }}.{{ name }}
{%- endmacro %}
