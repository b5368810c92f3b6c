-- Refuses decisions that cannot be right, whoever writes them: command, page or psql.
-- depends: 0052_association_ops

-- Runs as its owner, so that a reviewer needs no right on the platform's tables; the
-- search_path of the migration (ours, the platform's, pg_temp last) is pinned to it.
create or replace function association_ops.check_review_decision() returns trigger
language plpgsql
security definer
set search_path from current
as $$
declare
    beneficiary uuid;
    volunteer uuid;
    company_user uuid;
begin
    -- the messages give no value back that may hold a name or an address
    if new.reviewer !~ '^[a-z0-9][a-z0-9._-]{1,62}$' then
        raise exception 'the reviewer is not a handle'
            using errcode = 'check_violation',
            hint = 'Use 2 to 63 of a-z, 0-9, ".", "_" and "-", such as ann.b; '
                'the first one a letter or digit.';
    end if;

    if new.reason !~ '^[a-z][a-z0-9_]{1,62}$' then
        raise exception 'the reason is not a code'
            using errcode = 'check_violation',
            hint = 'Use 2 to 63 of a-z, 0-9 and "_", such as wrong_cohort; '
                'the first one a letter.';
    end if;

    case new.activity_type
        when 'session' then
            select participant_id, volunteer_id into beneficiary, volunteer
            from kintell_sessions
            where id = new.activity_id;
        when 'match' then
            select participant_id, buddy_id into beneficiary, volunteer
            from buddy_matches
            where id = new.activity_id;
        when 'completion' then
            -- what is not completed is no activity
            select user_id into beneficiary
            from learning_progress
            where id = new.activity_id and status::text = 'completed';
        else
            raise exception 'unknown activity_type %', new.activity_type
                using errcode = 'check_violation',
                hint = 'Use session, match or completion.';
    end case;

    if not found then
        raise exception 'there is no % with id %', new.activity_type, new.activity_id
            using errcode = 'foreign_key_violation';
    end if;

    if new.program_instance_id is not null then
        if not exists (
            select from program_instances where id = new.program_instance_id
        ) then
            raise exception 'there is no program instance with id %',
                new.program_instance_id
                using errcode = 'foreign_key_violation';
        end if;

        -- as the rules have it: the beneficiary's companies, else the volunteer's
        select user_id into company_user
        from company_users
        where user_id in (beneficiary, volunteer) and company_id is not null
        order by (user_id = beneficiary) desc
        limit 1;

        -- without any company only a person can know whose the activity was
        if company_user is not null and not exists (
            select
            from program_instances as instances
            inner join campaigns on instances.campaign_id = campaigns.id
            inner join company_users as members
                on campaigns.company_id = members.company_id
            where instances.id = new.program_instance_id
                and members.user_id = company_user
        ) then
            raise exception 'program instance % is of another company than % %',
                new.program_instance_id, new.activity_type, new.activity_id
                using errcode = 'integrity_constraint_violation',
                hint = 'Choose an instance of a campaign of the activity''s company.';
        end if;
    end if;

    -- one decision after the other until each is committed: what holds here is still
    -- true then, and a writer may look at what was there before its own
    perform pg_catalog.pg_advisory_xact_lock(4920050053);

    if new.decision = 'withdrawn' and coalesce((
        select decisions.decision
        from association_ops.review_decisions as decisions
        where decisions.activity_type = new.activity_type
            and decisions.activity_id = new.activity_id
        order by decisions.decision_id desc
        limit 1
    ), 'withdrawn') = 'withdrawn' then
        raise exception 'there is no decision to withdraw about % %',
            new.activity_type, new.activity_id
            using errcode = 'object_not_in_prerequisite_state';
    end if;

    new.decision_id := pg_catalog.nextval(
        'association_ops.review_decisions_decision_id_seq'::regclass
    );
    new.recorded_by := session_user;
    new.decided_at := pg_catalog.clock_timestamp();
    return new;
end
$$;

-- a trigger runs without it; nobody else is to put the function on a table of theirs
revoke execute on function association_ops.check_review_decision() from public;
