-- Roles: who writes the links, who decides, who reads; each may do that and no more.
-- What they may read of the models, dbt grants when it builds them.
-- A query's rows are statements to run.
-- depends: 0054_closed_books

-- Takes the instances that are there, and keeps them from being deleted until the
-- transaction ends. FOR KEY SHARE asks for the right to update the table, which the
-- writer must not have: the owner of this function has it.
select format(
    $create$
    create function association_ops.hold_program_instances(ids uuid[])
    returns setof uuid
    language sql
    security definer
    set search_path = pg_catalog, pg_temp
    as $body$
        select id
        from %I.program_instances
        where id = any(ids)
        order by id
        for key share
    $body$
    $create$,
    pg_namespace.nspname
)
from pg_class
inner join pg_namespace on pg_class.relnamespace = pg_namespace.oid
where pg_class.oid = 'program_instances'::regclass;

revoke execute on function association_ops.hold_program_instances(uuid[]) from public;

-- Makes the roles and grants what they may do, as far as the caller may; says in
-- warnings what an administrator has to do. `migrate up` calls it every time: a role
-- may have been made since, or a table of the platform made anew.
create procedure association_ops.grant_access()
language plpgsql
set search_path from current
as $$
declare
    mark constant text := 'campaign-association: added by migration 0055';
    -- from PostgreSQL 16 on, a member may be one without the right to SET ROLE
    acting constant text := case
        when current_setting('server_version_num')::integer >= 160000 then 'set'
        else 'member'
    end;
    platform_schema constant name := (
        select pg_namespace.nspname
        from pg_class
        inner join pg_namespace on pg_class.relnamespace = pg_namespace.oid
        where pg_class.oid = 'program_instances'::regclass
    );
    role_name text;
    statement text;
begin
    foreach role_name in array array[
        'association_writer', 'association_reviewer', 'bi_reader'
    ]
    loop
        if not exists (select from pg_roles where rolname = role_name) then
            begin
                execute format('create role %I nologin', role_name);
                execute format('comment on role %I is %L', role_name, mark);
            exception
                -- made in another database of this server at the same time
                when duplicate_object or unique_violation then null;
                when insufficient_privilege then
                    raise warning '% may not create roles. An administrator runs: '
                        'create role % nologin; grant % to %; then run migrate up',
                        current_user, role_name, role_name, current_user;
                    continue;
            end;
        end if;

        -- the commands of whoever migrates act as these roles
        if role_name <> 'bi_reader'
            and not pg_has_role(current_user, role_name, acting)
        then
            begin
                execute format('grant %I to %I', role_name, current_user);
            exception when insufficient_privilege then
                raise warning '% does not act as %. An administrator runs: '
                    'grant % to %',
                    current_user, role_name, role_name, current_user;
            end;
        end if;
    end loop;

    for role_name, statement in
        with places (role_name, kind, name, privilege) as (
            values
            ('association_writer', 'database', current_database(), 'connect'),
            ('association_writer', 'database', current_database(), 'temporary'),
            ('association_reviewer', 'database', current_database(), 'connect'),
            ('bi_reader', 'database', current_database(), 'connect'),
            ('association_writer', 'schema', 'association_ops', 'usage'),
            ('association_reviewer', 'schema', 'association_ops', 'usage'),
            ('association_writer', 'schema', platform_schema, 'usage')
        ),

        -- most have these as everybody has them, and few may grant them
        missing (role_name, rights) as (
            select places.role_name, format('%s on %s %I', privilege, kind, name)
            from places
            inner join pg_roles on places.role_name = pg_roles.rolname
            where not case kind
                when 'database' then has_database_privilege(pg_roles.oid, name, privilege)
                else has_schema_privilege(pg_roles.oid, name, privilege)
            end
        ),

        needed (role_name, rights) as (
            values
            (
                'association_writer',
                'select (id, program_instance_id), update (program_instance_id)'
                ' on kintell_sessions, buddy_matches, learning_progress'
            ),
            ('association_writer', 'select (id) on program_instances'),
            (
                'association_writer',
                'execute on function'
                ' association_ops.hold_program_instances(uuid[])'
            ),
            (
                'association_writer',
                'select on association_ops.dbt_runs, association_ops.write_back_runs,'
                ' association_ops.write_back_log'
            ),
            (
                'association_writer',
                'insert (kind, as_of_date, invocation_id, undone_run_id, conflicts),'
                ' update (status, finished_at, rows_written)'
                ' on association_ops.write_back_runs'
            ),
            (
                'association_writer',
                'insert (run_id, activity_type, activity_id, old_value, new_value)'
                ' on association_ops.write_back_log'
            ),
            (
                'association_reviewer',
                'select, insert (activity_type, activity_id, decision,'
                ' program_instance_id, reviewer, reason, batch_id)'
                ' on association_ops.review_decisions'
            )
            union all
            select * from missing
        )

        select needed.role_name, format('grant %s to %I', rights, needed.role_name)
        from needed
        inner join pg_roles on needed.role_name = pg_roles.rolname
    loop
        begin
            execute statement;
        exception when insufficient_privilege then
            raise warning '% may not grant this. An administrator runs: %',
                current_user, statement;
        end;
    end loop;
end
$$;

revoke execute on procedure association_ops.grant_access() from public;

call association_ops.grant_access();
