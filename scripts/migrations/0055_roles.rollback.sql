-- Takes back what migration 0055 granted, and drops the roles it made: told by their
-- comment, and only where nobody was made a member and no other database uses them.

do $$
declare
    mark constant text := 'campaign-association: added by migration 0055';
    found record;
    statement text;
begin
    for found in
        select
            oid,
            rolname,
            shobj_description(oid, 'pg_authid') is not distinct from mark
            and not exists (
                select from pg_auth_members
                where roleid = pg_roles.oid and member <> current_user::regrole
            ) as goes
        from pg_roles
        where rolname in ('association_writer', 'association_reviewer', 'bi_reader')
    loop
        foreach statement in array array[
            'revoke all on all tables in schema association_ops from %I',
            'revoke all on schema association_ops from %I',
            'revoke all on kintell_sessions, buddy_matches, learning_progress,'
            ' program_instances from %I',
            format(
                'revoke all on schema %s from %%I',
                (
                    select relnamespace::regnamespace
                    from pg_class where oid = 'program_instances'::regclass
                )
            )
        ]
        loop
            -- the reader was given nothing there
            continue when found.rolname = 'bi_reader';
            begin
                execute format(statement, found.rolname);
            exception when insufficient_privilege then null;
            end;
        end loop;

        if found.goes then
            begin
                -- what dbt granted on the models
                execute format('drop owned by %I', found.rolname);
                execute format('drop role %I', found.rolname);
            exception
                when insufficient_privilege or dependent_objects_still_exist then null;
            end;
        end if;
    end loop;
end
$$;

drop procedure if exists association_ops.grant_access();
drop function if exists association_ops.hold_program_instances(uuid[]);
