-- One row: a fingerprint of the points and of every var that changes an association.
with

rules as (

    select * from {{ ref('scoring_rules') }}

)

select
    {{ text_hash(
        "'" ~ rule_vars_text() ~ "' || " ~ joined_text("signal || '=' || " ~ rule_points(), 'signal')
    ) }} as rules_version
from rules
