-- What the made-up activities really belong to, kept apart from the platform. Read by
-- the demo's report alone, never by a model. A campaign and instance of NULL: none.
-- The circumstance is what makes the activity hard to place; plain: nothing does.

drop table if exists activity_truth;
create table activity_truth (
    activity_type text not null,
    activity_id uuid not null,
    campaign_id uuid,
    program_instance_id uuid,
    circumstance text not null,
    primary key (activity_id, activity_type)
);
