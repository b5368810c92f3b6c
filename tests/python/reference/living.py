"""A platform on which people work while runs come and go, and what is found wrong."""

from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any
from unittest import mock

import psycopg
from psycopg import sql
from psycopg.rows import dict_row

from campaign_association.closed_books import lock_books, unlock_books
from campaign_association.gates import newest_build
from campaign_association.target import Target
from reference import compare
from reference.compare import MODEL
from reference.editing import apply
from reference.edits import Edit
from reference.loading import load
from reference.picking import Variant
from reference.rounds import Round
from reference.showing import readable
from reference.targets import make_platform, target_of
from reference.world import Key, Row, World

QUEUE = "association_review_queue"
DIFFERENCES = "closed_book_differences"
# a lock wants the models of the write-back, too
SELECTED = ("--select", f"+{QUEUE}", f"+{DIFFERENCES}", "+pending_write_backs")
# which statement on the associations a run fails at
FAILING = {"failed to merge": "insert or update", "failed to forget": "delete"}
BREAK = """
create function public.fail() returns trigger language plpgsql as
$$ begin raise exception 'the test wants it so'; end $$;
create trigger fail after {statements} on {associations}
for each statement execute function public.fail()
"""
MEND = "drop function public.fail() cascade"

# columns that say where and since when a row is stored
PLACE = ("ctid", "xmin")
# all rows of a model, by activity
Rows = dict[Key, Row]


@dataclass
class LivingPlatform:
    """A database with worlds; its files, and those of its copy, are in ``scratch``."""

    params: dict[str, Any]
    variant: Variant
    scratch: Path
    round: Round
    nodes: list[str] = field(default_factory=list)

    @cached_property
    def target(self) -> Target:
        return target_of(self.params, self.scratch, {})

    def start(self, worlds: list[World]) -> None:
        """Fill the platform and build the models for the first time."""
        make_platform(self.target, self.variant)
        with self.target.connect() as connection:
            load(connection, self.target.platform_schema, self.variant, worlds)
        results = self.dbt(
            "build", *SELECTED, "--resource-type", "seed", "--resource-type", "model"
        )
        self.nodes = [
            result.node.name
            for result in results
            if result.node.resource_type == "model"
        ]

    def go_on(self, during: Round, edits: list[Edit], later: list[Edit]) -> None:
        """Lock or unlock, make edits, let the round's fate happen, make later edits."""
        self.keep_books(during)
        seed = sql.Identifier(self.target.internal_schema, "scoring_rules")
        with self.target.connect() as connection:
            apply(connection, self.target.platform_schema, self.variant, edits)
            compare.set_points(connection, seed, during.points)
        self.round = replace(during, variables=during.tried)
        self.suffer(during.fate)
        self.round = during
        with self.target.connect() as connection:
            apply(connection, self.target.platform_schema, self.variant, later)

    def keep_books(self, during: Round) -> None:
        """Close or open the books; that the gates hold is for other tests."""
        if during.closes:
            gates = "campaign_association.closed_books.check_gates"
            with mock.patch(gates, newest_build):
                lock_books(self.target, during.closes)
        if during.opens:
            unlock_books(self.target)

    def suffer(self, fate: str) -> None:
        """Make a run that comes to a bad end, or one that is made in parts."""
        reached = self.nodes[: round(self.round.reach * len(self.nodes))]
        if fate == "cut short":
            self.dbt("run", "--select", *reached)
        elif fate == "full refresh cut short":
            self.dbt("run", "--full-refresh", "--select", *reached)
        elif fate == "without queue":
            self.dbt("run", "--select", f"+{MODEL}")
        elif fate == "associations alone":
            self.dbt("run", "--select", MODEL)
        elif fate == "full refresh":
            self.run("--full-refresh")
        elif fate in FAILING:
            self.fail(FAILING[fate])

    def fail(self, statements: str) -> None:
        """Let a run fail when it comes to a statement on the associations."""
        associations = sql.Identifier(self.target.schema, MODEL)
        with self.target.connect() as connection:
            connection.execute(
                sql.SQL(BREAK).format(
                    statements=sql.SQL(statements), associations=associations
                )
            )
        self.dbt("run", *SELECTED, may_fail=True)
        with self.target.connect() as connection:
            connection.execute(MEND)

    def run(self, *options: str) -> None:
        """Run the models that lead to the review queue."""
        self.dbt("run", *SELECTED, *options)

    def dbt(self, *arguments: str, may_fail: bool = False) -> Any:
        target = replace(self.target, overrides=self.round.variables)
        return compare.dbt(target, self.scratch, *arguments, may_fail=may_fail)

    def rows(self, model: str) -> Rows:
        """Return a model's rows with where and since when they are stored."""
        return stored_rows(self.target, model)

    def differences(self) -> Rows:
        """Return what the closed books would say otherwise, were they open."""
        return differences(self.target)

    def full_refresh(self) -> dict[str, Rows]:
        """Return what a full refresh of the very same state gives."""
        return full_refresh(self.params, self.scratch, self.round.variables)


def full_refresh(
    params: dict[str, Any], scratch: Path, variables: Mapping[str, Any]
) -> dict[str, Rows]:
    """Return what a full refresh makes of associations and queue, in a copy."""
    with copied(params) as copy:
        target = target_of(copy, scratch / "copy", variables)
        compare.dbt(target, scratch / "copy", "run", *SELECTED, "--full-refresh")
        found = {model: stored_rows(target, model) for model in (MODEL, QUEUE)}
        return found | {DIFFERENCES: differences(target)}


@contextmanager
def copied(params: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Copy a database that nobody is connected to, for the time of the block."""
    name = f"{params['dbname']}_copy"
    original, copy = sql.Identifier(params["dbname"]), sql.Identifier(name)
    server = {**params, "dbname": "postgres"}
    with closing(psycopg.connect(**server, autocommit=True)) as connection:
        create = sql.SQL("create database {} template {}")
        connection.execute(create.format(copy, original))
        try:
            yield {**params, "dbname": name}
        finally:
            drop = sql.SQL("drop database {} with (force)")
            connection.execute(drop.format(copy))


def differences(target: Target) -> Rows:
    """Return what the closed books would say otherwise, were they open."""
    query = sql.SQL("select * from {}").format(
        sql.Identifier(target.schema, DIFFERENCES)
    )
    with target.connect(row_factory=dict_row) as connection:
        return {
            (row.pop("activity_type"), row.pop("activity_id")): row
            for row in connection.execute(query)
        }


def stored_rows(target: Target, model: str) -> Rows:
    """Return a model's rows with where and since when they are stored."""
    query = sql.SQL("select *, ctid::text, xmin::text from {}").format(
        sql.Identifier(target.schema, model)
    )
    with target.connect(row_factory=dict_row) as connection:
        return {
            (row["activity_type"], row["activity_id"]): row
            for row in connection.execute(query)
        }


def unlike(
    rows: Rows,
    others: Rows,
    ignored: tuple[str, ...],
    where: str,
    place: bool = False,
) -> list[str]:
    """Return a line for each field in which rows are unlike those found elsewhere."""
    ignored = ignored if place else (*ignored, *PLACE)
    lines = []
    for key in sorted(rows.keys() | others.keys()):
        if key not in rows:
            lines.append(f"{readable(key)} is only there {where}")
        elif key not in others:
            lines.append(f"{readable(key)} is not there {where}")
        else:
            lines += [
                f"{readable(key)}: {name} is {readable(value)},"
                f" {readable(others[key][name])} {where}"
                for name, value in rows[key].items()
                if name not in ignored and value != others[key][name]
            ]
    return lines
