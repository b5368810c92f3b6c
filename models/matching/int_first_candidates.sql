-- One row an activity to score: the first in rank of its candidates, if it has any.
select *
from {{ ref('int_ranked_campaigns') }}
where candidate_rank = 1
