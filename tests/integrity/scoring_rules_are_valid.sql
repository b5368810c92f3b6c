-- The seed scoring_rules names every signal once, with a whole number of points from 0
-- up. Each row of the result says what to mend.
with

rules as (

    select * from {{ ref('scoring_rules') }}

),

known_signals as (

    {%- for signal in scoring_signals() %}
    select '{{ signal }}' as signal
    {{ "union all" if not loop.last }}
    {%- endfor %}

)

select
    rules.signal,
    'seeds/scoring_rules.csv: unknown signal ' || coalesce(rules.signal, '(empty)')
    || ': remove the row or correct its name' as problem
from rules
left join known_signals
    on rules.signal = known_signals.signal
where known_signals.signal is null

union all

select
    rules.signal,
    'seeds/scoring_rules.csv: signal ' || rules.signal || ' has '
    || coalesce(cast(rules.points as {{ dbt.type_string() }}), 'no')
    || ' points: give it 0 or more' as problem
from rules
where rules.points is null or rules.points < 0

union all

select
    rules.signal,
    'seeds/scoring_rules.csv: signal ' || rules.signal || ' is there ' || count(*)
    || ' times: keep one row' as problem
from rules
group by rules.signal
having count(*) > 1

union all

select
    known_signals.signal,
    'seeds/scoring_rules.csv: signal ' || known_signals.signal
    || ' is missing: add it, with 0 points to switch it off' as problem
from known_signals
left join rules
    on known_signals.signal = rules.signal
where rules.signal is null
