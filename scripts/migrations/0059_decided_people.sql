-- Ingestion triggers ask about every activity whether people decided about others of the
-- same person. Here they see at one look that nobody did, as for most people.
-- depends: 0058_lean_log

-- People about whose activities there are decisions. It may name too many, as where a
-- decision was withdrawn: the triggers look closely at whoever is named.
create table association_ops.decided_people (
    person_id uuid primary key
);

-- Notes the people of decisions from one on. `ingest install` and every run note all of
-- them: an edit on the platform may have given an activity to another person.
create function association_ops.note_decided_people(from_decision_id bigint)
returns void
language plpgsql
security definer
set search_path from current
as $$
begin
    insert into association_ops.decided_people (person_id)
    select people.person_id
    from association_ops.review_decisions as decisions
    left join kintell_sessions as sessions
        on decisions.activity_type = 'session' and decisions.activity_id = sessions.id
    left join buddy_matches as matches
        on decisions.activity_type = 'match' and decisions.activity_id = matches.id
    left join learning_progress as completions
        on decisions.activity_type = 'completion'
        and decisions.activity_id = completions.id
    cross join lateral (
        select coalesce(
            sessions.participant_id, matches.participant_id, completions.user_id
        ) as person_id
    ) as people
    where decisions.decision_id >= from_decision_id and people.person_id is not null
    on conflict do nothing;
end
$$;

revoke execute on function association_ops.note_decided_people(bigint) from public;

-- decisions come one transaction after the other (migration 0053), so those of a statement
-- are the newest
create function association_ops.note_people_of_new_decisions() returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    perform association_ops.note_decided_people(min(decision_id)) from added;
    return null;
end
$$;

revoke execute on function association_ops.note_people_of_new_decisions() from public;

create trigger note_decided_people
after insert on association_ops.review_decisions
referencing new table as added
for each statement
execute function association_ops.note_people_of_new_decisions();

do $$
begin
    if exists (select from association_ops.review_decisions) then
        perform association_ops.note_decided_people(0);
    end if;
end
$$;
