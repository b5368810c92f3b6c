-- One row an activity to score that has a candidate: the first in rank.
select *
from {{ ref('int_ranked_campaigns') }}
where candidate_rank = 1
