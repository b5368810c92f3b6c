"""What the platform's tables must look like before migrations touch them."""

import psycopg
from psycopg import sql
from psycopg.rows import namedtuple_row

from campaign_association.errors import CommandFailed, Refused
from campaign_association.migration.tables import (
    LINKED_TABLES,
    MARK,
    NEEDED_COLUMNS,
    tables_with_link,
)
from campaign_association.settings import OPS_SCHEMA
from campaign_association.target import Target


def check_platform(connection: psycopg.Connection, target: Target) -> None:
    """Raise :class:`CommandFailed` unless the platform's tables can be migrated.

    Looks at what is there, at its types and at the role's privileges; changes
    nothing. Everything that is wrong is named in one message.
    """
    problems = _missing(connection, target)
    if not problems:
        problems = _unfit(connection, target) + _forbidden(connection, target)
    if problems:
        raise CommandFailed(
            "The platform's tables are not as this project needs them:\n"
            + "\n".join(f"- {problem}" for problem in problems)
            + f"\nThe variable platform_schema says {target.platform_schema!r}; "
            "where the platform lives in another schema, name it: "
            "--vars '{platform_schema: public}'."
        )


def check_same_platform(connection: psycopg.Connection, target: Target) -> None:
    """Raise :class:`Refused` where migrations were applied to another schema."""
    row = connection.execute(
        """
        select pg_namespace.nspname
        from pg_description
        inner join pg_class on pg_description.objoid = pg_class.oid
        inner join pg_namespace on pg_class.relnamespace = pg_namespace.oid
        where pg_description.classoid = 'pg_class'::regclass
            and starts_with(pg_description.description, %s)
            and pg_namespace.nspname <> %s
        limit 1
        """,
        [MARK, target.platform_schema],
    ).fetchone()
    if row:
        raise Refused(
            f"Migrations were applied to the platform in schema {row[0]!r}, but the "
            f"variable platform_schema says {target.platform_schema!r}. Name the "
            "former in --vars, or take the migrations down there first."
        )


def check_values(connection: psycopg.Connection, target: Target) -> None:
    """Raise :class:`CommandFailed` where values point at no program instance.

    That can only be in a column that was there before, without a foreign key.
    """
    schema = target.platform_schema
    linked = tables_with_link(connection, target)
    for table in LINKED_TABLES:
        if table.name not in linked:
            continue
        row = connection.execute(
            sql.SQL(
                """
                select count(*)
                from {table} as linked
                left join {instances} as instances
                    on linked.program_instance_id = instances.id
                where linked.program_instance_id is not null
                    and instances.id is null
                """
            ).format(
                table=sql.Identifier(schema, table.name),
                instances=sql.Identifier(schema, "program_instances"),
            )
        ).fetchone()
        if row and row[0]:
            raise CommandFailed(
                f"{schema}.{table.name}: {row[0]} rows hold a program_instance_id "
                f"that is not in {schema}.program_instances, so that no foreign key "
                "can be added. Set them to NULL or restore the instances."
            )


def _missing(connection: psycopg.Connection, target: Target) -> list[str]:
    """Name the schema, or the tables and columns, that are not there."""
    schema = target.platform_schema
    found = connection.execute(
        "select from pg_namespace where nspname = %s", [schema]
    ).fetchone()
    if found is None:
        return [f"there is no schema {schema}"]
    rows = connection.execute(
        """
        select pg_class.relname, array_agg(pg_attribute.attname::text)
        from pg_class
        inner join pg_namespace on pg_class.relnamespace = pg_namespace.oid
        left join pg_attribute
            on pg_class.oid = pg_attribute.attrelid
            and not pg_attribute.attisdropped
        where pg_namespace.nspname = %s
            and pg_class.relname = any(%s)
        group by pg_class.relname
        """,
        [schema, list(NEEDED_COLUMNS)],
    ).fetchall()
    present = dict(rows)
    problems = []
    for table, columns in NEEDED_COLUMNS.items():
        if table not in present:
            problems.append(f"there is no table {schema}.{table}")
            continue
        problems += [
            f"{schema}.{table} has no column {column}"
            for column in columns
            if column not in present[table]
        ]
    return problems


def _unfit(connection: psycopg.Connection, target: Target) -> list[str]:
    """Name tables and columns that are there, but not of the kind needed."""
    with connection.cursor(row_factory=namedtuple_row) as cursor:
        rows = cursor.execute(
            """
            select
                pg_class.relname as name,
                pg_class.relkind = 'r' as is_table,
                format_type(id.atttypid, null) as id_type,
                format_type(link.atttypid, null) as link_type,
                exists (
                    select from pg_index
                    where indrelid = pg_class.oid
                        and indisunique
                        and indimmediate
                        and indisvalid
                        and indpred is null
                        and indnkeyatts = 1
                        and indkey[0] = id.attnum
                ) as is_id_unique
            from pg_class
            inner join pg_namespace on pg_class.relnamespace = pg_namespace.oid
            inner join pg_attribute as id
                on pg_class.oid = id.attrelid and id.attname = 'id'
            left join pg_attribute as link
                on pg_class.oid = link.attrelid
                and link.attname = 'program_instance_id'
                and not link.attisdropped
            where pg_namespace.nspname = %s
                and pg_class.relname = any(%s)
            order by pg_class.relname
            """,
            [target.platform_schema, list(NEEDED_COLUMNS)],
        ).fetchall()
    problems = []
    for row in rows:
        table = f"{target.platform_schema}.{row.name}"
        if not row.is_table:
            problems.append(f"{table} is not an ordinary table")
        if row.id_type != "uuid":
            problems.append(f"{table}.id is {row.id_type}, not uuid")
        if row.name == "program_instances":
            if not row.is_id_unique:
                problems.append(f"{table}.id has no primary key or unique constraint")
        elif row.link_type not in (None, "uuid"):
            problems.append(
                f"{table}.program_instance_id is there already, as {row.link_type}; "
                "rename it or change its type to uuid"
            )
    return problems


def _forbidden(connection: psycopg.Connection, target: Target) -> list[str]:
    """Name the privileges that the role lacks."""
    rows = connection.execute(
        """
        select format('own table %%I.%%I', nspname, relname)
        from pg_class
        inner join pg_namespace on pg_class.relnamespace = pg_namespace.oid
        where nspname = %(platform)s
            and relname = any(%(tables)s)
            and not pg_has_role(relowner, 'usage')
        union all
        select format('have REFERENCES on table %%I.%%I', nspname, relname)
        from pg_class
        inner join pg_namespace on pg_class.relnamespace = pg_namespace.oid
        where nspname = %(platform)s
            and relname = 'program_instances'
            and not has_table_privilege(pg_class.oid, 'references')
        union all
        select format('have USAGE and CREATE on schema %%I', nspname)
        from pg_namespace
        where nspname in (%(platform)s, %(ops)s)
            and not (
                has_schema_privilege(oid, 'usage')
                and has_schema_privilege(oid, 'create')
            )
        union all
        select format('have CREATE on database %%I', current_database())
        where to_regnamespace(%(ops)s) is null
            and not has_database_privilege(current_database(), 'create')
        """,
        {
            "platform": target.platform_schema,
            "ops": OPS_SCHEMA,
            "tables": [table.name for table in LINKED_TABLES],
        },
    ).fetchall()
    return [f"role {connection.info.user} must {need}" for (need,) in rows]
