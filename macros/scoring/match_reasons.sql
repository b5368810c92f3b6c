{# Why the best candidate has its score, in plain language. Counts and dates only: a
   tag beside a person's id can be special-category data. NULL without candidate. #}
{% macro match_reasons(best) -%}
    case
        when {{ best }}.campaign_id is not null
            then {{ text_list([
                "'same company (+' || " ~ best ~ ".points_company || ')'",
                "'on ' || " ~ date_text(best ~ '.activity_date')
                    ~ " || ', inside the campaign window ' || " ~ best
                    ~ ".campaign_window || ' (+' || " ~ best ~ ".points_date || ')'",
                group_reason(best) ~ " || ' (+' || " ~ best ~ ".points_group || ')'",
                "'campaign status ' || " ~ best ~ ".campaign_status || ' (+' || "
                    ~ best ~ ".points_status || ')'",
                "case when " ~ best ~ ".program_instance_id is null "
                    ~ "then 'no cohort covers the date' else 'a cohort covers the date' end"
                    ~ " || ' (+' || " ~ best ~ ".points_instance || ')'",
            ]) }}
    end
{%- endmacro %}


{# A campaign's window in words. #}
{% macro window_text(campaign) -%}
    {{ date_text(campaign ~ '.start_date') }} || ' to ' || {{ date_text(campaign ~ '.end_date') }}
{%- endmacro %}


{% macro group_reason(best) -%}
    case {{ best }}.group_signal
        when 'enrolled' then 'placed in a cohort that covers the date'
        when 'group_open' then 'group open to everybody'
        when 'group_exact' then 'the same ' || {{ best }}.shared_tags || ' tags as the group'
        when 'group_partial'
            then
                {{ best }}.shared_tags || ' of '
                || {{ best }}.evidence_tag_count
                || ' tags shared with the ' || {{ best }}.group_tag_count
                || ' of the group'
        else 'no tag shared with the group'
    end
{%- endmacro %}
