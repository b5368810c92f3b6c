"""The platform that ``demo`` works on: the one that is there, or a new one.

A record beside the truth, written last, tells that a platform is complete.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

import psycopg
from psycopg import sql
from psycopg.errors import DuplicateTable

from campaign_association.demo.generator import (
    DEFAULT_ACTIVITIES,
    generate,
    truth_schema,
)
from campaign_association.demo.platform import (
    create_platform,
    drop_marked_schema,
    make_schema,
    mark_schema,
)
from campaign_association.errors import CommandFailed, WrongUsage
from campaign_association.progress import step_bar
from campaign_association.settings import as_of_date
from campaign_association.target import Target

DEFAULT_SEED = 1
# comments on the platform's schema while it is made, and after
UNFINISHED = "Platform that campaign-association demo has not finished making up"
FINISHED = "Platform made up by campaign-association demo"


@dataclass(frozen=True)
class Platform:
    """Which made-up platform the embedded server holds."""

    seed: int
    activities: int
    as_of_date: date


def prepare_platform(
    connection: psycopg.Connection[Any],
    target: Target,
    seed: int | None = None,
    scale: float | None = None,
    *,
    shown: bool = False,
) -> Platform:
    """Return the platform that is there, or make one; ``shown`` with a progress bar.

    What a demo that was killed left behind is dropped. Raises :class:`WrongUsage` where
    another platform is there than ``seed`` and ``scale`` ask for, and
    :class:`CommandFailed` where its tables are there and no demo made them.
    """
    existing = _existing_platform(connection, target)
    activities = None if scale is None else max(1, round(scale * DEFAULT_ACTIVITIES))
    if existing:
        if seed not in (None, existing.seed) or activities not in (
            None,
            existing.activities,
        ):
            raise WrongUsage(
                f"The demo platform is there with seed {existing.seed} and "
                f"{existing.activities:,} activities. Use --reset to make another; "
                "everything on the embedded server is dropped then."
            )
        return existing
    platform = Platform(
        seed=DEFAULT_SEED if seed is None else seed,
        activities=activities or DEFAULT_ACTIVITIES,
        as_of_date=as_of_date(target.variables),
    )
    is_own_schema = _create_tables(connection, target.platform_schema)
    with step_bar("Making up a platform", shown=shown) as watch:
        generate(
            connection,
            target.platform_schema,
            seed=platform.seed,
            as_of=platform.as_of_date,
            activities=platform.activities,
            progress=watch,
        )
    with connection.transaction():
        _record(connection, target, platform)
        if is_own_schema:
            mark_schema(connection, target.platform_schema, FINISHED)
    return platform


def _create_tables(connection: psycopg.Connection[Any], schema: str) -> bool:
    """Create the empty tables; tell whether their schema was made for them."""
    with connection.transaction():
        drop_marked_schema(connection, schema, UNFINISHED)
        is_new = connection.execute(
            "select to_regnamespace(quote_ident(%s)) is null", [schema]
        ).fetchone()[0]
        if is_new:
            make_schema(connection, schema, UNFINISHED)
        try:
            create_platform(connection, schema)
        except DuplicateTable as error:
            raise CommandFailed(
                f"Schema {schema!r} holds tables of a platform that no demo finished "
                "making up. Use --reset to make another; everything on the embedded "
                "server is dropped then."
            ) from error
    return is_new


def _existing_platform(
    connection: psycopg.Connection[Any], target: Target
) -> Platform | None:
    table = _record_table(target)
    if not connection.execute(
        "select to_regclass(%s)", [table.as_string(connection)]
    ).fetchone()[0]:
        return None
    row = connection.execute(
        sql.SQL("select seed, activities, as_of_date from {}").format(table)
    ).fetchone()
    return Platform(*row)


def _record(
    connection: psycopg.Connection[Any], target: Target, platform: Platform
) -> None:
    table = _record_table(target)
    connection.execute(
        sql.SQL(
            "create table {} (seed bigint, activities bigint, as_of_date date)"
        ).format(table)
    )
    connection.execute(
        sql.SQL("insert into {} values (%s, %s, %s)").format(table),
        [platform.seed, platform.activities, platform.as_of_date],
    )


def _record_table(target: Target) -> sql.Identifier:
    return sql.Identifier(truth_schema(target.platform_schema), "demo_platform")
