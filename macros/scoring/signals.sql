{# The rules as SQL expressions: the one place for batch, ingestion and tests. #}

{# Statuses in which an instance can cover a date. #}
{% macro covering_statuses() -%}
    ('active', 'planned', 'completed')
{%- endmacro %}


{# Whether a campaign takes an activity: a campaign whose template names no
   program type, or weei, takes all (its program_type is NULL then). #}
{% macro takes_program_type(campaign_type, activity_type) -%}
    ({{ campaign_type }} is null or {{ campaign_type }} = {{ activity_type }})
{%- endmacro %}


{# Whether an enrolment places its person: any status but dropped. #}
{% macro places_person(enrolment_status) -%}
    coalesce({{ enrolment_status }}, '') <> 'dropped'
{%- endmacro %}


{# How many days a date lies outside a campaign's window, 0 = inside; NULL where it has
   none, such as one with swapped dates. #}
{% macro days_outside(date, campaign) -%}
    case
        when {{ campaign }}.start_date <= {{ campaign }}.end_date
            then greatest(
                0,
                {{ days_between(date, campaign ~ '.start_date') }},
                {{ days_between(campaign ~ '.end_date', date) }}
            )
    end
{%- endmacro %}


{# Shared tags over distinct tags of both; 0 where they share none, NULL where there is no
   group. Most that share any are the same, and need no division. #}
{% macro tag_similarity(shared, evidence_count, group_count) -%}
    cast(
        case
            when {{ shared }} = 0 then 0
            when {{ shared }} = {{ evidence_count }} and {{ shared }} = {{ group_count }} then 1
            when {{ shared }} > 0
                then round(
                    cast({{ shared }} as numeric(20, 10))
                    / ({{ evidence_count }} + {{ group_count }} - {{ shared }}),
                    6
                )
        end
        as numeric(7, 6)
    )
{%- endmacro %}


{# How evidence and beneficiary group meet: the first that holds. Sets that share
   as many tags as each of them has are the same. #}
{% macro group_signal(is_placed, shared, evidence_count, group_count) -%}
    case
        when {{ is_placed }} then 'enrolled'
        when {{ group_count }} = 0 then 'group_open'
        when {{ shared }} = {{ group_count }} and {{ shared }} = {{ evidence_count }}
            then 'group_exact'
        when {{ shared }} > 0 then 'group_partial'
    end
{%- endmacro %}


{# Which status signal a campaign gives. Completed and closed campaigns were
   active while their window was open. #}
{% macro status_signal(status) -%}
    case
        when {{ status }} in ('active', 'completed', 'closed') then 'campaign_active'
        when {{ status }} = 'recruiting' then 'campaign_recruiting'
    end
{%- endmacro %}


{# Best campaign first: the order in which the candidates of an activity rank. Where there
   is none, there is no score either. #}
{% macro candidate_order(relation) -%}
    {{ relation }}.is_placed desc,
    {{ relation }}.confidence desc nulls last,
    {{ relation }}.tag_similarity desc,
    case when {{ relation }}.campaign_status = 'active' then 0 else 1 end,
    {{ relation }}.campaign_start_date desc,
    {{ relation }}.campaign_id
{%- endmacro %}


{# Best instance first among those that cover a date. #}
{% macro instance_order(relation) -%}
    {{ relation }}.start_date desc,
    {{ relation }}.created_at desc nulls last,
    {{ relation }}.program_instance_id
{%- endmacro %}


{% macro band(confidence) -%}
    case
        when {{ confidence }} >= {{ var('auto_threshold') }} then 'high'
        when {{ confidence }} >= {{ var('review_threshold') }} then 'medium'
        else 'low'
    end
{%- endmacro %}


{# Whether a date lies in a placement's dates, widened by the grace days at both
   ends; without grace days a placement elsewhere casts no doubt. #}
{% macro within_grace(date, placement) -%}
    {%- set days = var('placement_grace_days') -%}
    {%- if days is none -%}
        false
    {%- else -%}
        {{ date }} between {{ shift_date(placement ~ '.start_date', -days) }}
        and {{ shift_date(placement ~ '.end_date', days) }}
    {%- endif -%}
{%- endmacro %}
