-- Puts the checks of migration 0052 back.

create or replace function association_ops.check_review_decision() returns trigger
language plpgsql
security invoker
set search_path from current
as $$
begin
    if new.activity_type not in ('session', 'match', 'completion') then
        raise exception 'unknown activity_type %', new.activity_type
            using errcode = 'check_violation',
            hint = 'Use session, match or completion.';
    end if;

    if not exists (
        select from kintell_sessions
        where new.activity_type = 'session' and id = new.activity_id
        union all
        select from buddy_matches
        where new.activity_type = 'match' and id = new.activity_id
        union all
        select from learning_progress
        where new.activity_type = 'completion' and id = new.activity_id
    ) then
        raise exception 'there is no % with id %', new.activity_type, new.activity_id
            using errcode = 'foreign_key_violation';
    end if;

    if new.program_instance_id is not null and not exists (
        select from program_instances where id = new.program_instance_id
    ) then
        raise exception 'there is no program instance with id %',
            new.program_instance_id
            using errcode = 'foreign_key_violation';
    end if;

    new.decision_id := nextval('association_ops.review_decisions_decision_id_seq');
    new.recorded_by := session_user;
    new.decided_at := clock_timestamp();
    return new;
end
$$;

grant execute on function association_ops.check_review_decision() to public;
