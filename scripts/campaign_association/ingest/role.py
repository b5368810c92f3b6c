"""The role that owns the trigger functions: no login, no superuser, few rights."""

import psycopg
from psycopg import sql

from campaign_association.errors import CommandFailed
from campaign_association.ingest.functions import ROLE
from campaign_association.roles import may_act_as
from campaign_association.write_runs import primary_message

MARK = "campaign-association: added by ingest install"


def make_role(connection: psycopg.Connection) -> None:
    """Make the role, unless it is there, and let the caller act as it.

    Roles belong to the whole server: another database of it may have made the role
    already. Raises :class:`CommandFailed` where only an administrator may do it, or
    where the role is a mighty one.
    """
    role = sql.Identifier(ROLE)
    found = connection.execute(
        "select rolcanlogin or rolsuper or rolbypassrls from pg_catalog.pg_roles"
        " where rolname = %s",
        [ROLE],
    ).fetchone()
    if found and found[0]:
        raise CommandFailed(
            f"The role {ROLE} may log in, is a superuser or passes by row security. "
            "The triggers must not have such an owner: alter the role or drop it."
        )
    try:
        with connection.transaction():
            if not found:
                connection.execute(sql.SQL("create role {} nologin").format(role))
                connection.execute(
                    sql.SQL("comment on role {} is {}").format(role, sql.Literal(MARK))
                )
            if not _may_act(connection):
                connection.execute(sql.SQL("grant {} to current_user").format(role))
    except psycopg.errors.InsufficientPrivilege as error:
        user = connection.info.user
        raise CommandFailed(
            f"{primary_message(error)}. An administrator runs: "
            f"{'' if found else f'create role {ROLE} nologin; '}"
            f"grant {ROLE} to {user}; then run ingest install again."
        ) from error


def drop_role(connection: psycopg.Connection) -> None:
    """Take its rights in this database away, and the role, if we made it.

    It stays where another database still uses it or somebody else is a member.
    """
    role = sql.Identifier(ROLE)
    for statement in ("drop owned by {}", "drop role {}"):
        if statement.startswith("drop role") and not _is_ours(connection):
            return
        try:
            with connection.transaction():
                connection.execute(sql.SQL(statement).format(role))
        except (
            psycopg.errors.InsufficientPrivilege,
            psycopg.errors.DependentObjectsStillExist,
            psycopg.errors.UndefinedObject,
        ):
            return


def _may_act(connection: psycopg.Connection) -> bool:
    """Tell whether the user may take the role, and has its rights without."""
    if not may_act_as(connection, ROLE):
        return False
    row = connection.execute("select pg_has_role(%s, 'usage')", [ROLE]).fetchone()
    return bool(row and row[0])


def _is_ours(connection: psycopg.Connection) -> bool:
    row = connection.execute(
        """
        select
            shobj_description(oid, 'pg_authid') = %s
            and not exists (
                select from pg_catalog.pg_auth_members as members
                where members.roleid = roles.oid
                    and members.member <> current_user::regrole
            )
        from pg_catalog.pg_roles as roles
        where rolname = %s
        """,
        [MARK, ROLE],
    ).fetchone()
    return bool(row and row[0])
