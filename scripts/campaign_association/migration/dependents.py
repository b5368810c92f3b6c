"""The views that read what ``migrate down`` takes away."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import psycopg
from psycopg import sql
from psycopg.rows import class_row

from campaign_association.migration.tables import MARK
from campaign_association.settings import OPS_SCHEMA

KINDS = {"v": sql.SQL("view"), "m": sql.SQL("materialized view")}


@dataclass(frozen=True)
class Relation:
    """A view or materialized view, by schema and name; ``kind`` as in pg_class."""

    schema: str
    table: str
    kind: str

    @property
    def name(self) -> str:
        """Schema and name, for messages."""
        return f"{self.schema}.{self.table}"


def find_dependents(
    connection: psycopg.Connection, numbers: Collection[str]
) -> list[Relation]:
    """Return the views that read, directly or through others, what would go.

    That is the columns added by the migrations ``numbers`` and the relations of the
    ops schema.
    """
    with connection.cursor(row_factory=class_row(Relation)) as cursor:
        return cursor.execute(
            """
            with recursive reads as (
                select
                    pg_rewrite.ev_class as reader,
                    pg_depend.refobjid as relation,
                    pg_depend.refobjsubid as column_number
                from pg_depend
                inner join pg_rewrite on pg_depend.objid = pg_rewrite.oid
                where pg_depend.classid = 'pg_rewrite'::regclass
                    and pg_depend.refclassid = 'pg_class'::regclass
                    and pg_depend.refobjid <> pg_rewrite.ev_class
            ),

            dependents as (
                select reads.reader
                from reads
                where col_description(reads.relation, reads.column_number)
                    = any(%(marks)s)
                    or reads.relation in (
                        select oid from pg_class
                        where relnamespace = to_regnamespace(%(ops)s)
                    )
                union
                select reads.reader
                from dependents
                inner join reads on dependents.reader = reads.relation
            )

            select
                pg_namespace.nspname as schema,
                pg_class.relname as table,
                pg_class.relkind::text as kind
            from dependents
            inner join pg_class on dependents.reader = pg_class.oid
            inner join pg_namespace on pg_class.relnamespace = pg_namespace.oid
            -- what is in the ops schema goes with the migration that made it
            where pg_namespace.nspname <> %(ops)s
            order by schema, pg_class.relname
            """,
            {"marks": [f"{MARK} {number}" for number in numbers], "ops": OPS_SCHEMA},
        ).fetchall()


def drop_relations(connection: psycopg.Connection, found: Sequence[Relation]) -> None:
    """Drop the relations of :func:`find_dependents`, in whatever order works."""
    for relation in found:
        connection.execute(
            # an earlier drop may have taken this one with it
            sql.SQL("drop {} if exists {} cascade").format(
                KINDS[relation.kind], sql.Identifier(relation.schema, relation.table)
            )
        )
