{# The command explain compiles analyses with the internal var explains_activity: true.
   Then the models from activity to association are ephemeral, so that each analysis is
   one query for one activity, made of the very SQL that a run builds. The query looks
   for the activity in two settings of its session, so that no value is part of it. #}
{% macro explains_activity() %}
    {{ return(var('explains_activity', false)) }}
{% endmacro %}


{# Narrows activities to the one that is explained; nothing in a run. #}
{% macro only_explained_activity() -%}
    {%- if explains_activity() -%}
    where
        activity_type = current_setting('campaign_association.activity_type')
        and activity_id = cast(
            current_setting('campaign_association.activity_id') as {{ id_type() }}
        )
    {%- endif -%}
{%- endmacro %}
