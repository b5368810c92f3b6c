{# What the points of an activity's candidates come to. #}

{% macro confidence() -%}
    least(
        100,
        points_company + points_date + points_group + points_status + points_instance
    )
{%- endmacro %}


{# Whether the runner-up is as good as the best candidate. Margins are by how much it is
   behind, NULL where there is none. #}
{% macro is_tied(is_placed, margin, similarity_margin) -%}
    {%- if var('tie_similarity') is none -%}
        false
    {%- else -%}
        not {{ is_placed }}
        and coalesce({{ margin }} = 0, false)
        and abs({{ similarity_margin }}) < {{ var('tie_similarity') }}
    {%- endif -%}
{%- endmacro %}


{# Why a person has to look at the best candidate: the first that holds. #}
{% macro review_reason(band, program_instance_id, is_tied, is_placed_elsewhere) -%}
    case
        when {{ band }} = 'medium' then 'medium_confidence'
        when {{ band }} = 'high' and {{ program_instance_id }} is null then 'no_program_instance'
        when {{ band }} = 'high' and {{ is_tied }} then 'tied_candidates'
        when {{ band }} = 'high' and {{ is_placed_elsewhere }} then 'placed_elsewhere'
    end
{%- endmacro %}


{# Whether the rules associate the best candidate, whatever the others are: none of the
   reasons above can hold of one that is placed and of band high. #}
{% macro is_beyond_doubt(candidate) -%}
    {{ candidate }}.is_placed and {{ band(candidate ~ '.confidence') }} = 'high'
{%- endmacro %}


{# What the rules decide, before any person does. #}
{% macro rule_decision(band, review_reason) -%}
    case
        when {{ band }} in ('low', 'none') then 'unmatched'
        when {{ review_reason }} is not null then 'review'
        else 'auto'
    end
{%- endmacro %}
