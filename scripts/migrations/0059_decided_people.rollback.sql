-- Drops the list of people about whose activities somebody decided.

drop trigger if exists note_decided_people on association_ops.review_decisions;
drop function if exists association_ops.note_people_of_new_decisions();
drop function if exists association_ops.note_decided_people(bigint);
drop table if exists association_ops.decided_people;
