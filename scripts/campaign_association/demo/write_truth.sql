-- What the made-up activities really belong to, kept apart from the platform. Read by
-- the demo's report alone, never by a model. A campaign and instance of NULL: none.
-- The circumstance is what makes the activity hard to place; plain: nothing does.

create table activity_truth as
select
    activity_type,
    activity_id,
    campaign_id,
    program_instance_id,
    circumstance
from activity;
