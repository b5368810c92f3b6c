{# What it would take for an activity in review to be associated without a person. #}
{% macro steps_to_auto(waiting, candidates) -%}
    {{ present_texts([
        "case when " ~ waiting ~ ".review_reason = 'stale_decision' "
            ~ "then 'a new decision: the instance decided on no longer exists' end",
        "case when " ~ waiting ~ ".band <> 'high' then "
            ~ "(" ~ var('auto_threshold') ~ " - " ~ waiting ~ ".confidence) || ' more points, "
            ~ "such as an enrolment of the beneficiary in a cohort that covers the date' end",
        "case when " ~ candidates ~ ".best_program_instance_id is null "
            ~ "then 'a cohort of the campaign that covers the date' end",
        "case when " ~ waiting ~ ".is_tied then 'something that tells the best campaign "
            ~ "from the runner-up, such as an enrolment' end",
        "case when " ~ waiting ~ ".is_placed_elsewhere then 'an enrolment in this campaign, "
            ~ "or none in another around that date' end",
    ]) }}
{%- endmacro %}
