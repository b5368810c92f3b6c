{# The bounds of the 95% Wilson interval of a share: between them lies the true one, also
   where trials are few or all are hits. NULL without trials. #}
{% macro wilson_lower(hits, trials) -%}
    {{ wilson_bound(hits, trials, '-') }}
{%- endmacro %}


{% macro wilson_upper(hits, trials) -%}
    {{ wilson_bound(hits, trials, '+') }}
{%- endmacro %}


{# More digits before the point would leave Spark too few behind it.
   With z = 1.96: (hits + z² / 2 ± z * sqrt(hits * misses / trials + z² / 4)) / (trials + z²) #}
{% macro wilson_bound(hits, trials, sign) -%}
    case
        when {{ trials }} > 0
            then cast(
                (
                    {{ hits }} + 1.96 * 1.96 / 2 {{ sign }} 1.96 * sqrt(
                        cast({{ hits }} as numeric(10, 0))
                        * cast({{ trials }} - {{ hits }} as numeric(10, 0))
                        / cast({{ trials }} as numeric(10, 0)) + 1.96 * 1.96 / 4
                    )
                ) / ({{ trials }} + 1.96 * 1.96) as numeric(7, 6)
            )
    end
{%- endmacro %}


{# Answers, how many agree, their share and its bounds: what every model of calibration
   says of its evidence. #}
{% macro agreement(agreeing, answers) -%}
    {{ answers }} as answers,
    {{ agreeing }} as agreeing,
    cast(
        {{ agreeing }} / nullif(cast({{ answers }} as numeric(18, 0)), 0) as numeric(7, 6)
    ) as agreement,
    {{ wilson_lower(agreeing, answers) }} as agreement_lower,
    {{ wilson_upper(agreeing, answers) }} as agreement_upper
{%- endmacro %}
