"""Edits of worlds, made in the database row by row, as people would make them."""

from collections.abc import Iterable

import psycopg
from psycopg import sql

from reference.edits import DECISIONS, Edit
from reference.loading import add_decisions, stored
from reference.picking import Variant
from reference.showing import readable, show_row
from reference.world import Row


def apply(
    connection: psycopg.Connection,
    schema: str,
    variant: Variant,
    edits: Iterable[Edit],
) -> None:
    """Make edits in an open transaction; like :func:`load` past the foreign keys."""
    connection.execute("set local session_replication_role = replica")
    for edit in edits:
        if edit.table == DECISIONS:
            add_decisions(connection, [edit.after])
        else:
            statement, values = _statement(edit, schema, variant)
            changed = connection.execute(statement, values).rowcount
            assert changed == 1, f"{show_edit(edit)} changed {changed} rows"
    connection.execute("set local session_replication_role = origin")


def _statement(
    edit: Edit, schema: str, variant: Variant
) -> tuple[sql.Composed, list[object]]:
    """Return the statement of an edit, touching only the columns that change."""
    relation = sql.Identifier(schema, edit.table)
    if edit.before is None:
        columns, values = _stored(edit.after, variant)
        return sql.SQL("insert into {} ({}) values ({})").format(
            relation,
            sql.SQL(", ").join(columns),
            sql.SQL(", ").join([sql.Placeholder()] * len(columns)),
        ), values
    where, known = _where(edit.before, relation, variant)
    if edit.after is None:
        return sql.SQL("delete from {} where {}").format(relation, where), known
    columns, values = _stored(_changed(edit), variant)
    assignments = [sql.SQL("{} = %s").format(column) for column in columns]
    return sql.SQL("update {} set {} where {}").format(
        relation, sql.SQL(", ").join(assignments), where
    ), [*values, *known]


def _where(
    row: Row, relation: sql.Identifier, variant: Variant
) -> tuple[sql.Composable, list[object]]:
    """Return the condition that finds one row: its id, or one that looks like it."""
    if "id" in row:
        return sql.SQL("id = %s"), [row["id"]]
    columns, values = _stored(row, variant)
    alike = [sql.SQL("{} is not distinct from %s").format(each) for each in columns]
    return sql.SQL("ctid = (select min(ctid) from {} where {})").format(
        relation, sql.SQL(" and ").join(alike)
    ), values


def _stored(row: Row, variant: Variant) -> tuple[list[sql.Identifier], list[object]]:
    values = [stored(column, value, variant) for column, value in row.items()]
    return [sql.Identifier(column) for column in row], values


def _changed(edit: Edit) -> Row:
    return {
        column: value
        for column, value in edit.after.items()
        if value != edit.before.get(column)
    }


def show_edit(edit: Edit) -> str:
    """Return an edit in a line."""
    if edit.before is None:
        return f"{edit.table}: added {show_row(edit.after)}"
    if edit.after is None:
        return f"{edit.table}: deleted {show_row(edit.before)}"
    changed = "; ".join(
        f"{column} from {readable(edit.before.get(column))} to {readable(value)}"
        for column, value in _changed(edit).items()
    )
    name = edit.before.get("id") or show_row(edit.before)
    return f"{edit.table}: {readable(name)}: {changed}"
