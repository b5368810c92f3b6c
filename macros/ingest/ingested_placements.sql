{# The instances that the beneficiary in the trigger's variables is placed in: the model
   int_placements for one person, by enrolment and by people's decisions. An activity that
   was decided itself never gets here, so there is but one view of the placements. #}
{% macro ingested_enrolments() -%}
    {%- if var('use_enrollments') -%}
    select program_instance_id
    from {{ platform_table('program_enrollments') }}
    where
        user_id = ingest.beneficiary
        and {{ places_person('cast(status as text)') }}
        -- a NULL in the list would make whatever is not in it neither in nor out
        and program_instance_id is not null
    {%- else -%}
    select cast(null as {{ id_type() }}) as program_instance_id
    where false
    {%- endif -%}
{%- endmacro %}


{% macro ingested_teachings() -%}
    select decided.program_instance_id
    from (
        {%- for activity_type, ingested in ingested_tables().items() %}
        select
            '{{ activity_type }}' as activity_type,
            new.id as activity_id
        from {{ platform_table(ingested.table) }} as new
        where
            {{ ingested.beneficiary }} = ingest.beneficiary
            {%- if ingested.is_activity %}
            and {{ ingested.is_activity }}
            {%- endif %}
        {{ "union all" if not loop.last }}
        {%- endfor %}
    ) as activities
    cross join lateral (
        select
            decisions.decision,
            decisions.program_instance_id
        from association_ops.review_decisions as decisions
        where
            decisions.activity_type = activities.activity_type
            and decisions.activity_id = activities.activity_id
        order by decisions.decision_id desc
        limit 1
    ) as decided
    where {{ teaches('decided.decision') }}
{%- endmacro %}


{# Whether one of them casts doubt on the best candidate: a placement, around that day, in
   another campaign that could take the activity. #}
{% macro ingested_is_placed_elsewhere() -%}
    exists (
        select
        from (
            {{ ingested_cohorts('id = any(ingest.placed_instances)') }}
        ) as placements
        inner join {{ platform_table('campaigns') }} as campaigns
            on placements.campaign_id = campaigns.id
        left join {{ platform_table('program_templates') }} as templates
            on campaigns.program_template_id = templates.id
        where
            placements.campaign_id <> ingest.best.campaign_id
            and {{ takes_program_type(
                taken_program_type('cast(templates.program_type as text)'), 'ingest.program_type'
            ) }}
            and {{ within_grace('ingest.activity_date', 'placements') }}
    )
{%- endmacro %}
