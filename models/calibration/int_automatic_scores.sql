-- One row a score and the points it is made of: how many activities the last run associated
-- without a person. A table: nobody has to count millions of activities anew to see what
-- people's decisions since then say.
with

associations as (

    select * from {{ ref('campaign_associations') }}
    where decision = 'auto'

)

select
    {{ score_columns() }},
    count(*) as activities
from associations
group by
    {{ score_columns() }}
