{# The trigger function of one of the three tables, to be run as it is: `ingest install`
   compiles the analyses in analyses/ingest and makes the functions of them.

   - Whatever happens in it, the row is written: errors end in NULL and a row in
     ingest_failures. Only what cancels the whole statement is let through.
   - It reads tables of the platform and association_ops alone, never what dbt replaces.
     Points and variables are part of its text; whether it is enabled is looked up.
   - The value is the last thing to be set, so that no error leaves one behind that is
     not in the log.
   - It works on the current day, whatever as_of_date is for the runs.
   - Its settings make plans that are kept, since planning takes fifty times as long as the
     look-up, and that look rows up by index, also those made while tables were small.
   - A statement costs as much as a few look-ups, so there are few; those who are placed in
     one campaign, most people, need the fewest. Whether people decided about others of the
     person's activities is one look-up, not one for each of those. #}
{% macro ingest_function(activity_type) %}
{%- set ingested = ingested_tables()[activity_type] -%}
{%- set points = known_points() -%}
create or replace function association_ops.ingest_{{ activity_type }}() returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set timezone = 'UTC'
set row_security = off
set lock_timeout = '50ms'
set plan_cache_mode = force_generic_plan
set jit = off
set enable_seqscan = off
set enable_bitmapscan = off
set enable_hashjoin = off
set enable_mergejoin = off
as $ingest$
#variable_conflict use_column
<<ingest>>
declare
    run_id bigint;
    is_decided_person boolean;
    beneficiary uuid;
    companies uuid[];
    program_type text;
    activity_date date;
    placed_instances uuid[];
    candidate record;
    best record;
    has_best boolean;
    margin integer;
    similarity_margin numeric;
    is_elsewhere boolean;
    band text;
    review_reason text;
    decision text;
    chosen_instance uuid;
begin
    -- attached to another table, it says nothing
    if
        tg_relid <> '{{ platform_table(ingested.table) }}'::regclass
        and pg_partition_root(tg_relid)
        is distinct from '{{ platform_table(ingested.table) }}'::regclass
    then
        return new;
    end if;

    {%- if ingested.is_activity %}

    if not coalesce({{ ingested.is_activity }}, false) then
        return new;
    end if;
    {%- endif %}

    ingest.beneficiary := {{ ingested.beneficiary }};
    ingest.program_type := {{ ingested.program_type }};
    ingest.activity_date := {{ ingested.date }};

    -- What was written, undone or decided before is the next run's business, and so is a
    -- row that is there already: then the insert ends in a conflict.
    select
        state.run_id,
        exists (
            select from association_ops.decided_people
            where person_id = ingest.beneficiary
        ),
        array({{ ingested_companies('ingest.beneficiary') | indent(8) }}),
        array({{ ingested_enrolments() | indent(8) }})
    into ingest.run_id, ingest.is_decided_person, ingest.companies, ingest.placed_instances
    from association_ops.ingest_state as state
    where
        state.is_enabled
        and not exists (
            select from association_ops.write_back_log as log
            where
                log.activity_type = '{{ activity_type }}'
                and log.activity_id = new.id
        )
        and not exists (
            select from association_ops.review_decisions as decisions
            where
                decisions.activity_type = '{{ activity_type }}'
                and decisions.activity_id = new.id
        )
        and (
            tg_op = 'UPDATE'
            or not exists (
                select from {{ platform_table(ingested.table) }} as activities
                where activities.id = new.id
            )
        );

    if not found then
        return new;
    end if;

    {%- if var('decisions_teach') %}

    if ingest.is_decided_person then
        ingest.placed_instances := ingest.placed_instances || array(
            {{ ingested_teachings() | indent(12) }}
        );
    end if;
    {%- endif %}

    if ingest.companies = '{}' then
        ingest.companies := array(
            {{ ingested_companies(ingested.volunteer) | indent(12) }}
        );
    end if;

    if ingest.activity_date <= {{ current_reporting_date() }} and ingest.companies <> '{}' then
        if ingest.placed_instances <> '{}' then
            select placed.id
            into ingest.chosen_instance
            from (
                {{ ingested_sure_placement(points) | indent(16) }}
            ) as placed
            where association_ops.hold_free_instance(placed.id);
        end if;

        if ingest.chosen_instance is null then
            for candidate in
                {{ ingested_candidates(points, ingested.skill_tags) | indent(16) }}
            loop
                if ingest.has_best is null then
                    ingest.best := candidate;
                    ingest.has_best := true;
                elsif candidate.campaign_id <> best.campaign_id then
                    ingest.margin := best.confidence - candidate.confidence;
                    ingest.similarity_margin := best.tag_similarity - candidate.tag_similarity;
                    exit;
                end if;
            end loop;
        end if;
    end if;

    if ingest.has_best then
        if not best.is_placed and ingest.placed_instances <> '{}' then
            ingest.is_elsewhere := {{ ingested_is_placed_elsewhere() | indent(12) }};
        end if;
        ingest.band := {{ band('best.confidence') | indent(8) }};
        ingest.review_reason := {{ review_reason(
            'band', 'best.program_instance_id',
            '(' ~ is_tied('best.is_placed', 'margin', 'similarity_margin') ~ ')',
            'is_elsewhere'
        ) | indent(8) }};
        ingest.decision := {{ rule_decision('band', 'review_reason') | indent(8) }};
        if ingest.decision = 'auto' then
            -- an instance that somebody is deleting is as good as gone
            if association_ops.hold_free_instance(best.program_instance_id) then
                ingest.chosen_instance := best.program_instance_id;
            else
                ingest.decision := 'instance_busy';
            end if;
        end if;
    end if;

    if ingest.chosen_instance is not null then
        insert into association_ops.write_back_log (
            run_id, activity_type, activity_id, old_value, new_value
        )
        values (
            ingest.run_id, '{{ activity_type }}', new.id,
            null, ingest.chosen_instance
        );
        new.program_instance_id := ingest.chosen_instance;
    else
        insert into association_ops.ingest_left_open (activity_type, decision)
        values ('{{ activity_type }}', coalesce(ingest.decision, 'unmatched'));
    end if;
    return new;
exception
    when others then
        begin
            insert into association_ops.ingest_failures (activity_type, activity_id, sqlstate)
            values ('{{ activity_type }}', new.id, sqlstate);
        exception
            when others then null;
        end;
        return new;
end
$ingest$
{% endmacro %}


{# What tells of the beneficiary's needs, and of the course. #}
{% macro ingested_evidence(skill_tags) -%}
    {%- set tags -%}
        coalesce(
            (
                select {{ tag_set('tags') | indent(16) }}
                from {{ platform_table('users') }}
                where id = ingest.beneficiary
            ),
            {{ no_tags() }}
        )
    {%- endset -%}
    {{ tag_union(tags, skill_tags) if skill_tags else tags }}
{%- endmacro %}


{% macro ingested_companies(person) -%}
    select company_id
    from {{ platform_table('company_users') }}
    where user_id = {{ person }} and company_id is not null
{%- endmacro %}


{# The points that the last run scored with, by signal; none before the first one. #}
{% macro known_points() %}
    {% set points = ref('int_scoring_points') %}
    {% set known = {} %}
    {% for signal in scoring_signals() %}
        {% do known.update({signal: 0}) %}
    {% endfor %}
    {% if execute and load_relation(points) is not none %}
        {% for signal, value in run_query('select * from ' ~ points).rows[0].dict().items() %}
            {% do known.update({signal: value | int}) %}
        {% endfor %}
    {% endif %}
    {{ return(known) }}
{% endmacro %}


{# The day it is, in the reporting time zone. #}
{% macro current_reporting_date() -%}
    {{ reporting_date('now()') }}
{%- endmacro %}
