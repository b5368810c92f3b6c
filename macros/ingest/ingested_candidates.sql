{# The campaigns that the activity in the trigger's variables can belong to: what the models
   int_eligible_campaigns, int_scored_campaigns and int_ranked_campaigns find for all
   activities, here by looking up a few rows.

   The models themselves, narrowed to one activity, are a plan of a hundred nodes and
   more, which takes longer to set up than the whole trigger may take. So the joins are
   written for one row here, and all that is a rule comes from macros/scoring. #}

{# Best first. A campaign has a row for each instance that covers the date, the one it
   counts with before its others: sorting all of them once is cheaper than finding each
   campaign's own. #}
{% macro ingested_candidates(points, skill_tags) -%}
    select
        scored.campaign_id,
        scored.program_instance_id,
        scored.is_placed,
        scored.confidence,
        scored.tag_similarity
    from (
        select
            signalled.*,
            {{ confidence() }} as confidence
        from (
            select
                campaigns.campaign_id,
                campaigns.status as campaign_status,
                campaigns.start_date as campaign_start_date,
                instances.program_instance_id,
                instances.start_date,
                instances.created_at,
                {{ ingested_is_placed() }} as is_placed,
                {{ ingested_points(
                    ingested_is_placed(),
                    'coalesce(beneficiary_groups.shared, 0)',
                    tag_count('evidence.tags'),
                    tag_count('coalesce(beneficiary_groups.tags, ' ~ no_tags() ~ ')')
                ) | indent(8) }},
                {{ tag_similarity(
                    'coalesce(beneficiary_groups.shared, 0)',
                    tag_count('evidence.tags'),
                    tag_count('coalesce(beneficiary_groups.tags, ' ~ no_tags() ~ ')')
                ) }} as tag_similarity
            from (
                select {{ ingested_evidence(skill_tags) | indent(8) }} as tags
                offset 0
            ) as evidence
            cross join (
                {{ ingested_campaigns() }}
            ) as campaigns
            left join lateral (
                select
                    named_groups.tags,
                    {{ shared_tag_count('evidence.tags', 'named_groups.tags') }} as shared
                from (
                    select {{ tag_set('tags') }} as tags
                    from {{ platform_table('beneficiary_groups') }}
                    where id = campaigns.beneficiary_group_id
                    offset 0
                ) as named_groups
                offset 0
            ) as beneficiary_groups on true
            left join (
                {{ ingested_cohorts(ingested_covering()) }}
            ) as instances
                on campaigns.campaign_id = instances.campaign_id
            cross join (
                {{ ingested_rules(points) }}
            ) as points
        ) as signalled
    ) as scored
    order by
        {{ candidate_order('scored') }},
        {{ instance_order('scored') }}
{%- endmacro %}


{# Whether the beneficiary is placed in the instance of a candidate, which may have none. #}
{% macro ingested_is_placed() -%}
    coalesce(instances.program_instance_id = any(ingest.placed_instances), false)
{%- endmacro %}


{# The instance that the beneficiary is placed in, where there is but one that covers the
   date and it is sure: it comes before any other, its tags do not count, and it is neither
   tied nor placed elsewhere. So it is all there is to look at. #}
{% macro ingested_sure_placement(points) -%}
    select found.instances[1] as id
    from (
        select
            array(
                select
                    case
                        when {{ band('scored.confidence') | indent(20) }} = 'high'
                            then scored.program_instance_id
                    end
                from (
                    {{ ingested_placed_candidates(points) | indent(16) }}
                ) as scored
                limit 2
            ) as instances
        offset 0
    ) as found
    where cardinality(found.instances) = 1
{%- endmacro %}


{# Candidates that the beneficiary is placed in, in no order, a row each instance. #}
{% macro ingested_placed_candidates(points) -%}
    select
        signalled.program_instance_id,
        {{ confidence() }} as confidence
    from (
        select
            instances.program_instance_id,
            {{ ingested_points('true', 0, 0, 0) | indent(4) }}
        from (
            {{ ingested_cohorts('id = any(ingest.placed_instances) and ' ~ ingested_covering()) }}
        ) as instances
        inner join (
            {{ ingested_campaigns() }}
        ) as campaigns
            on instances.campaign_id = campaigns.campaign_id
        cross join (
            {{ ingested_rules(points) }}
        ) as points
    ) as signalled
{%- endmacro %}


{# Campaigns that are eligible. #}
{% macro ingested_campaigns() -%}
    select
        campaigns.campaign_id,
        campaigns.beneficiary_group_id,
        campaigns.status,
        campaigns.start_date
    from (
        select
            id as campaign_id,
            program_template_id,
            beneficiary_group_id,
            cast(status as text) as status,
            coalesce(is_active, false) as is_active,
            {{ finite_date('start_date') }} as start_date
        from {{ platform_table('campaigns') }}
        where
            company_id = any(ingest.companies)
            and cast(start_date as date) <= ingest.activity_date
            and cast(end_date as date) >= ingest.activity_date
    ) as campaigns
    left join {{ platform_table('program_templates') }} as templates
        on campaigns.program_template_id = templates.id
    where
        {{ is_counting('campaigns') }}
        and {{ takes_program_type(
            taken_program_type('cast(templates.program_type as text)'), 'ingest.program_type'
        ) }}
{%- endmacro %}


{# Whether an instance's own columns hold the date, as ingested_campaigns asks those of a
   campaign: most rows end here, so infinite dates, which compare as their finite
   stand-ins do, are left as they are. #}
{% macro ingested_covering() -%}
    cast(start_date as date) <= ingest.activity_date
    and (end_date is null or cast(end_date as date) >= ingest.activity_date)
{%- endmacro %}


{# Instances that can cover a date. #}
{% macro ingested_cohorts(which) -%}
    select
        id as program_instance_id,
        campaign_id,
        {{ finite_date('start_date') }} as start_date,
        {{ instance_end('end_date') }} as end_date,
        {{ moment('created_at') }} as created_at
    from {{ platform_table('program_instances') }}
    where
        {{ which }}
        and cast(status as text) in {{ covering_statuses() }}
{%- endmacro %}


{# The points of a candidate, part by part. #}
{% macro ingested_points(is_placed, shared, evidence_count, group_count) -%}
    points.company_match as points_company,
    points.date_match as points_date,
    {{ points_of(
        group_signal(is_placed, shared, evidence_count, group_count),
        ['enrolled', 'group_exact', 'group_partial', 'group_open'],
        'points'
    ) }} as points_group,
    {{ points_of(
        status_signal('campaigns.status'),
        ['campaign_active', 'campaign_recruiting'],
        'points'
    ) }} as points_status,
    {{ points_of_instance('instances.program_instance_id', 'points') }} as points_instance
{%- endmacro %}


{# The points that signals give, as a row. #}
{% macro ingested_rules(points) -%}
    select
        {%- for signal, value in points.items() %}
        {{ value }} as {{ signal }}{{ "," if not loop.last }}
        {%- endfor %}
{%- endmacro %}
