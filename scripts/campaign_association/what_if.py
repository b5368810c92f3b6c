"""What would other rules change? Built beside the real associations and compared."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import dict_row

from campaign_association import dbt
from campaign_association.advisory_lock import advisory_lock
from campaign_association.errors import Refused
from campaign_association.explanation import naming_file, on_day_of_build, reading
from campaign_association.gates import require_relations
from campaign_association.progress import step_bar
from campaign_association.rules_file import ProposedRules
from campaign_association.target import Target
from campaign_association.write_runs import server_errors

# any fixed number will do, as long as it never changes between versions
WHAT_IF_LOCK_KEY = 4_920_050_052
BUSY = (
    "Another explain --rules is at work on this database. Wait until it has ended and "
    "try again."
)
SUFFIX = "_what_if"
# how we know our own scratch schemas
OURS = "Scratch of campaign-association explain --rules; dropped when it ends."
ANALYSES = (
    "compare_rules",
    "compare_rules_by_campaign",
    "compare_rules_by_activity",
    "compare_rules_warning",
)
BUILD = [
    "build", "--full-refresh", "--select", "+campaign_associations",
    "--exclude-resource-type", "test", "--exclude-resource-type", "unit_test",
]  # fmt: skip


@dataclass(frozen=True)
class WhatIf:
    """What proposed rules would change, in activities.

    ``rules`` maps what the file changes to its values now and then. ``changes`` has
    one row a change of band, decision, campaign or instance, those without one
    among them; ``campaigns`` one row a campaign that anything changes for;
    ``examples`` some of the activities. ``company_and_date_alone`` says how many points
    they reach and whether that is enough for an association.
    """

    as_of_date: str
    rules: dict[str, dict[str, Any]]
    activities: int
    changed: int
    changes: list[dict[str, Any]]
    campaigns: list[dict[str, Any]]
    examples: list[dict[str, Any]]
    company_and_date_alone: dict[str, Any]


def what_if(
    target: Target, proposal: ProposedRules, *, show: int = 20, as_json: bool = False
) -> WhatIf:
    """Compare the recorded associations with what the proposed rules would make.

    They are built in scratch schemas on the day of the last build, which are dropped
    whatever happens; what a killed command leaves, the next one drops. Takes no
    writer lock and opens no gate. Raises :class:`WrongUsage` for wrong rules,
    :class:`Refused` while another what-if is at work and :class:`CommandFailed`
    before the first run.
    """
    with target.connect(autocommit=True) as connection, server_errors():
        require_relations(connection, target)
        target = on_day_of_build(connection, target)
        proposed = target.with_variables(proposal.dbt_variables)
        with naming_file(proposal):
            queries = dbt.compile_analyses(proposed, "compare", ANALYSES)
        with (
            # they share their scratch schemas
            advisory_lock(connection, WHAT_IF_LOCK_KEY, lambda: BUSY),
            _scratch_schemas(connection, target),
        ):
            _build(proposed, as_json)
            changes, campaigns, examples, (warning,) = _compare(
                connection, queries, show
            )
    return WhatIf(
        as_of_date=str(target.variables["as_of_date"]),
        rules={
            name: {"now": now, "then": then}
            for name, (now, then) in proposal.changes(target.variables).items()
        },
        activities=sum(row["activities"] for row in changes),
        changed=sum(row["activities"] for row in changes if is_change(row)),
        changes=changes,
        campaigns=campaigns,
        examples=examples,
        company_and_date_alone=warning,
    )


def is_change(row: dict[str, Any]) -> bool:
    """Whether a row of ``changes`` is about activities that would change."""
    return (
        row["band_now"] != row["band_then"]
        or row["decision_now"] != row["decision_then"]
        or row["is_other_campaign"]
        or row["is_other_instance"]
    )


def _build(target: Target, as_json: bool) -> None:
    scratch = target.with_variables({"schema_suffix": SUFFIX})
    arguments = [*BUILD, *dbt.own_folder("what_if")]
    with step_bar("Building by the proposed rules", shown=not as_json) as watch:
        failure = "dbt could not build by the proposed rules"
        dbt.build(scratch, arguments, watch, failure=failure)


def _compare(
    connection: psycopg.Connection, queries: dict[str, str], show: int
) -> list[list[dict[str, Any]]]:
    """Return the rows of every analysis; of the activities only the first ``show``."""
    with reading(connection), connection.cursor(row_factory=dict_row) as cursor:
        found = []
        for name in ANALYSES:
            cursor.execute(queries[name].encode())
            is_long = name == "compare_rules_by_activity"
            found.append(cursor.fetchmany(show) if is_long else cursor.fetchall())
        return found


@contextmanager
def _scratch_schemas(connection: psycopg.Connection, target: Target) -> Iterator[None]:
    """Make the schemas that dbt builds in; drop them at the end."""
    names = [target.schema + SUFFIX, f"{target.schema}{SUFFIX}_internal"]
    for name in names:
        _require_ours(connection, name)
    _drop(connection, names)
    try:
        for name in names:
            schema = sql.Identifier(name)
            with connection.transaction():
                connection.execute(sql.SQL("create schema {}").format(schema))
                connection.execute(
                    sql.SQL("comment on schema {} is {}").format(schema, OURS)
                )
        yield
    finally:
        # without a connection the next what-if drops them
        with suppress(psycopg.Error):
            _drop(connection, names)


def _require_ours(connection: psycopg.Connection, name: str) -> None:
    row = connection.execute(
        "select obj_description(oid, 'pg_namespace') from pg_catalog.pg_namespace"
        " where nspname = %s",
        [name],
    ).fetchone()
    if row and row[0] != OURS:
        raise Refused(
            f"The schema {name} is not of this command's making, and it would build "
            "there. Rename or drop it and try again."
        )


def _drop(connection: psycopg.Connection, names: list[str]) -> None:
    for name in names:
        connection.execute(
            sql.SQL("drop schema if exists {} cascade").format(sql.Identifier(name))
        )
