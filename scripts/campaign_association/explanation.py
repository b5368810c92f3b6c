"""Everything that is known of one activity: rules, record, people, writes."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import psycopg
from psycopg import sql
from psycopg.rows import dict_row

from campaign_association.dbt import compile_analyses
from campaign_association.errors import CommandFailed, WrongUsage
from campaign_association.gates import newest_build, require_relations
from campaign_association.migration.tables import ACTIVITY_TABLES
from campaign_association.rules_file import ProposedRules
from campaign_association.settings import as_of_date
from campaign_association.target import Target
from campaign_association.write_runs import server_errors

Row = dict[str, Any]

ANALYSES = (
    "explain_activity",
    "explain_candidates",
    "explain_misses",
    "explain_placements",
)
RECORDED = """
    select to_jsonb(associations) as association
    from {associations} as associations
    where activity_type = %(activity_type)s and activity_id = %(activity_id)s
"""
DECISIONS = """
    select decision_id, decision, program_instance_id, reviewer, reason, batch_id,
        decided_at
    from association_ops.review_decisions
    where activity_type = %(activity_type)s and activity_id = %(activity_id)s
    order by decision_id
"""
# undone_by_run_id: the newest undo of the run that touched the activity
WRITES = """
    select log.run_id, runs.kind, log.old_value, log.new_value, log.written_at,
        runs.undone_run_id,
        (
            select max(undo_runs.run_id)
            from association_ops.write_back_runs as undo_runs
            inner join association_ops.write_back_log as undo_log
                on undo_runs.run_id = undo_log.run_id
            where undo_runs.undone_run_id = log.run_id
                and undo_log.activity_type = log.activity_type
                and undo_log.activity_id = log.activity_id
        ) as undone_by_run_id
    from association_ops.write_back_log as log
    inner join association_ops.write_back_runs as runs on log.run_id = runs.run_id
    where log.activity_type = %(activity_type)s and log.activity_id = %(activity_id)s
    order by log.log_id
"""
HELD = "select program_instance_id from {table} where id = %(activity_id)s"
PENDING = """
    select program_instance_id, action, reason
    from {pending}
    where activity_type = %(activity_type)s and activity_id = %(activity_id)s
"""
LOCKED = """
    select closing_id, locked_at
    from association_ops.locked_associations
    where activity_type = %(activity_type)s and activity_id = %(activity_id)s
"""


@dataclass(frozen=True)
class Verdict:
    """What a set of rules says of an activity, on the platform as it is now.

    ``association`` is the row of campaign_associations that a run would record, with
    people's decisions; ``changes`` maps its columns that differ from the recorded row
    to what they are there and here. Where nothing is recorded, it is empty.
    """

    association: Row
    changes: dict[str, Row]
    candidates: list[Row]
    steps_to_auto: list[str]


@dataclass(frozen=True)
class Explanation:
    """All about one activity, as of a day.

    ``recorded`` is None before the first run that sees it. ``misses`` are the other
    campaigns of its companies, ``placements`` where its beneficiary is placed.
    ``platform`` says what the platform's row holds, and what is pending for it.
    """

    as_of_date: str
    activity: Row
    recorded: Row | None
    rules: Verdict
    misses: list[Row]
    placements: list[Row]
    decisions: list[Row]
    writes: list[Row]
    platform: Row
    locked: Row | None
    proposed: Verdict | None


def explain(
    target: Target,
    activity_type: str,
    activity_id: UUID,
    proposal: ProposedRules | None = None,
) -> Explanation:
    """Explain one activity; under two sets of rules where one is proposed.

    The rules work on the platform as it is now, on the day of the last build unless
    the variable ``as_of_date`` names another. Nothing is written. Raises
    :class:`WrongUsage` for an unknown activity or wrong rules and
    :class:`CommandFailed` before the first run.
    """
    key = {"activity_type": activity_type, "activity_id": activity_id}
    with target.connect() as connection, server_errors():
        require_relations(connection, target)
        _require_activity(connection, target, key)
        target = on_day_of_build(connection, target)
        # dbt takes seconds, and it opens connections of its own
        connection.rollback()
        now = _read_rules(connection, target, key, "explain")
        then = None
        if proposal:
            proposed = target.with_variables(proposal.dbt_variables)
            with naming_file(proposal):
                then = _read_rules(connection, proposed, key, "explain_proposed")
        with reading(connection):
            record = _Reader(connection, target, key)
            recorded = record.one(RECORDED, associations="campaign_associations")
            recorded = recorded["association"] if recorded else None
            activity, verdict = _verdict(now, recorded)
            return Explanation(
                as_of_date=str(target.variables["as_of_date"]),
                activity=activity,
                recorded=recorded,
                rules=verdict,
                misses=now["explain_misses"],
                placements=now["explain_placements"],
                decisions=record.all(DECISIONS),
                writes=record.all(WRITES),
                platform=_platform(record, activity_type),
                locked=_locked(record),
                proposed=_verdict(then, recorded)[1] if then else None,
            )


def on_day_of_build(connection: psycopg.Connection, target: Target) -> Target:
    """Return the target with the day of the newest build, unless a day is given."""
    day = as_of_date(target.variables)
    build = newest_build(connection, target)
    if build and target.variables["as_of_date"] is None:
        day = build.as_of_date
    return target.with_variables({"as_of_date": day.isoformat()})


@contextmanager
def naming_file(proposal: ProposedRules) -> Iterator[None]:
    """Let dbt's complaints about variables name the file that they are from."""
    try:
        yield
    except WrongUsage as error:
        raise WrongUsage(f"{proposal.file}: {error.message}") from error


@contextmanager
def reading(connection: psycopg.Connection) -> Iterator[None]:
    """One snapshot, in which nothing can be written."""
    with connection.transaction():
        connection.execute("set transaction isolation level repeatable read, read only")
        connection.execute("set local jit = off")
        yield


def _require_activity(
    connection: psycopg.Connection, target: Target, key: Mapping[str, Any]
) -> None:
    found = connection.execute(
        sql.SQL(
            "select from {} where activity_type = %(activity_type)s"
            " and activity_id = %(activity_id)s"
        ).format(sql.Identifier(target.internal_schema, "int_activities")),
        key,
    ).fetchone()
    if found is None:
        raise WrongUsage(
            f"There is no {key['activity_type']} with id {key['activity_id']} on the "
            "platform. Completions are activities once their status is completed."
        )


def _read_rules(
    connection: psycopg.Connection, target: Target, key: Mapping[str, Any], folder: str
) -> dict[str, list[Row]]:
    """Return the rows of every analysis, by its name, for one activity."""
    explaining = target.with_variables({"explains_activity": True})
    queries = compile_analyses(explaining, folder, ANALYSES)
    with reading(connection), connection.cursor(row_factory=dict_row) as cursor:
        for name, value in key.items():
            cursor.execute(
                "select set_config(%s, %s, true)",
                [f"campaign_association.{name}", str(value)],
            )
        return {
            name: cursor.execute(query.encode()).fetchall()
            for name, query in queries.items()
        }


def _verdict(found: dict[str, list[Row]], recorded: Row | None) -> tuple[Row, Verdict]:
    """Return the activity, and what the rules say of it."""
    if not found["explain_activity"]:
        raise CommandFailed("The activity has vanished from the platform meanwhile.")
    activity = dict(found["explain_activity"][0])
    association = activity.pop("association")
    steps = activity.pop("steps_to_auto") or []
    changes = {
        name: {"recorded": recorded[name], "rules": value}
        for name, value in association.items()
        if recorded and name != "associated_at" and recorded.get(name) != value
    }
    return activity, Verdict(association, changes, found["explain_candidates"], steps)


def _platform(record: "_Reader", activity_type: str) -> Row:
    table = (record.target.platform_schema, ACTIVITY_TABLES[activity_type])
    held = record.one(HELD, table=table) or {"program_instance_id": None}
    return held | {"pending": record.one(PENDING, pending="pending_write_backs")}


def _locked(record: "_Reader") -> Row | None:
    # comes with the migration of closed books
    there = record.one("select to_regclass('association_ops.locked_associations') as t")
    return record.one(LOCKED) if there and there["t"] else None


class _Reader:
    """Queries about one activity."""

    def __init__(
        self, connection: psycopg.Connection, target: Target, key: Mapping[str, Any]
    ) -> None:
        self.target = target
        self.connection = connection
        self.key = key

    def all(self, query: str, **relations: str | tuple[str, str]) -> list[Row]:
        """Return all rows; relations without schema are public models."""
        names = {
            name: sql.Identifier(self.target.schema, relation)
            if isinstance(relation, str)
            else sql.Identifier(*relation)
            for name, relation in relations.items()
        }
        with self.connection.cursor(row_factory=dict_row) as cursor:
            return cursor.execute(sql.SQL(query).format(**names), self.key).fetchall()

    def one(self, query: str, **relations: str | tuple[str, str]) -> Row | None:
        """Return the only row, if there is one."""
        rows = self.all(query, **relations)
        return rows[0] if rows else None
