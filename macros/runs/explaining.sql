{# The command explain compiles analyses with the internal var explains_activity: true.
   Then the models from activity to association are ephemeral, so that each analysis is
   one query for one activity, made of the very SQL that a run builds. The query looks
   for the activity in two settings of its session, so that no value is part of it. #}
{% macro explains_activity() %}
    {{ return(var('explains_activity', false)) }}
{% endmacro %}


{# Narrows activities to those that are wanted: the one that is explained, those of a
   backfill; all in a run. #}
{% macro only_wanted_activities() -%}
    {%- if explains_activity() -%}
    where
        activity_type = current_setting('campaign_association.activity_type')
        and activity_id = cast(
            current_setting('campaign_association.activity_id') as {{ id_type() }}
        )
    {%- elif is_backfill() -%}
    where
        (activity_type, activity_id) in (
            select
                activity_type,
                activity_id
            from {{ source('association_ops', 'activities_to_backfill') }}
        )
    {%- endif -%}
{%- endmacro %}


{# The command backfill builds with the internal var is_backfill: true. Then only the
   activities in a view of association_ops are scored; what is known of all the others
   stays as it is. #}
{% macro is_backfill() %}
    {{ return(var('is_backfill', false)) }}
{% endmacro %}
