-- The points of the seed scoring_rules as one row, one column a signal.
with

rules as (

    select * from {{ ref('scoring_rules') }}

)

select
    {% for signal in scoring_signals() %}
        coalesce(max(case when signal = '{{ signal }}' then points end), 0) as {{ signal }}
        {{- "," if not loop.last }}
    {% endfor %}
from rules
