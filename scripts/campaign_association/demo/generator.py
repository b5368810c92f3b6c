"""Made-up data for the demo platform: the truth is drawn first, then blurred.

Everything is a hash of the seed, a name and a row number, computed on the server by
the generate_*.sql scripts: the same seed gives the same rows. The rates of the blur
are in noise.py; the truth is kept in a schema of its own that no model reads.
"""

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import psycopg
from faker import Faker
from psycopg.sql import SQL, Identifier

from campaign_association.demo.bulk_load import without_keys
from campaign_association.demo.noise import NOISE
from campaign_association.demo.platform import read_script, search_path
from campaign_association.errors import CommandFailed

DEFAULT_ACTIVITIES = 20_000
MOST_ACTIVITIES = 50_000_000
POOL_SIZE = 500

# script, and what to tell who waits for it
STEPS = (
    ("generate_functions", "Preparing"),
    ("generate_catalogue", "Preparing"),
    ("generate_campaigns", "Drawing campaigns"),
    ("generate_people", "Writing users and enrolments"),
    ("generate_activities", "Drawing activities"),
    ("generate_services", "Writing sessions, matches and completions"),
    ("generate_outcomes", "Writing feedback and outcome scores"),
    ("generate_organisations", "Writing companies and campaigns"),
)
Progress = Callable[[str, int, int], None]


def truth_schema(schema: str) -> str:
    """Return the schema that holds ``activity_truth`` for a platform schema."""
    return f"{schema}_truth"


def generate(
    connection: psycopg.Connection[Any],
    schema: str = "platform",
    *,
    seed: int,
    as_of: date,
    activities: int = DEFAULT_ACTIVITIES,
    progress: Progress | None = None,
) -> dict[str, int]:
    """Fill the empty tables made by :func:`create_platform`; return rows a table.

    ``activities`` are spread over the two years up to ``as_of``, with a few before and
    after; users, companies and campaigns grow with them. ``progress`` is called with
    what begins, the number of steps done and the number of all steps. One transaction.
    Raises :class:`CommandFailed` where the tables hold data already, or for a seed or
    number out of range.
    """
    if not 1 <= activities <= MOST_ACTIVITIES:
        raise CommandFailed(
            f"The demo makes 1 to {MOST_ACTIVITIES:,} activities, not {activities:,}."
        )
    if not 0 <= seed < 2**62:
        raise CommandFailed("The seed must be a whole number from 0 to 2^62 - 1.")
    report = progress or (lambda step, done, total: None)
    parameters = {
        **NOISE,
        **sizes(activities),
        "seed": seed,
        "as_of": as_of,
        "pool_size": POOL_SIZE,
    }
    steps = len(STEPS) + 2
    scratch, truth = f"{schema}_scratch", truth_schema(schema)
    with (
        connection.transaction(),
        search_path(connection, scratch, schema, truth),
        psycopg.ClientCursor(connection) as cursor,
    ):
        _require_empty(connection, schema)
        # rough statistics do for the scratch tables
        cursor.execute(
            "set local timezone to 'UTC'; set local jit to off; "
            "set local default_statistics_target to 10"
        )
        _create_schemas(connection, scratch, truth)
        _create_helpers(connection, schema, scratch, seed)
        with without_keys(connection, schema, truth) as put_back:
            for done, (script, step) in enumerate(STEPS):
                report(step, done, steps)
                cursor.execute(read_script(script), parameters)
            report("Building indexes", steps - 2, steps)
            put_back()
        report("Gathering statistics", steps - 1, steps)
        connection.execute("set local default_statistics_target to default")
        connection.execute(SQL("drop schema {} cascade").format(Identifier(scratch)))
        counts = _analyze(connection, schema, truth)
    report("Done", steps, steps)
    return counts


def sizes(activities: int) -> dict[str, int]:
    """Return how many activities, users, companies and campaigns go together.

    20,000 activities have 5,000 users, 40 companies and 300 campaigns; from two
    million on there are 200,000 users, 550 companies and 10,000 campaigns.
    """
    growth = min(activities, 2_000_000) / DEFAULT_ACTIVITIES
    return {
        "activities": activities,
        "users": max(60, round(5_000 * growth**0.801)),
        "companies": max(3, round(40 * growth**0.569)),
        "campaigns": max(12, round(300 * growth**0.761)),
    }


def _require_empty(connection: psycopg.Connection[Any], schema: str) -> None:
    filled = connection.execute(
        "select exists (select from companies) or exists (select from users)"
    ).fetchone()
    if filled != (False,):
        raise CommandFailed(
            f"Schema {schema!r} holds data already; the demo's data go into the empty "
            "tables of a schema of their own."
        )


def _create_schemas(
    connection: psycopg.Connection[Any], scratch: str, truth: str
) -> None:
    connection.execute(SQL("create schema {}").format(Identifier(scratch)))
    connection.execute(SQL("create schema if not exists {}").format(Identifier(truth)))
    with search_path(connection, truth):
        connection.execute(read_script("truth"))


def _create_helpers(
    connection: psycopg.Connection[Any], schema: str, scratch: str, seed: int
) -> None:
    """Create in ``scratch`` what makes the scripts fit both variants, and the names."""
    tags_type, status_type = connection.execute(
        """
        select
            max(format_type(atttypid, atttypmod)) filter (where attname = 'tags'),
            max(format_type(atttypid, atttypmod)) filter (where attname = 'status')
        from pg_attribute
        where attrelid in ('users'::regclass, 'campaigns'::regclass)
        """
    ).fetchone()
    with search_path(connection, scratch):
        if status_type == "text":
            connection.execute(read_script("generate_text_types"))
        connection.execute(
            "create function tags_of(tags text[]) returns jsonb "
            "language sql immutable parallel safe return to_jsonb(tags)"
            if tags_type == "jsonb"
            else "create function tags_of(tags text[]) returns text[] "
            "language sql immutable parallel safe return tags"
        )
        connection.execute(
            "create table faker_pool "
            "(kind text, entry integer, value text, primary key (kind, entry))"
        )
        with connection.cursor().copy("copy faker_pool from stdin") as copy:
            for row in _pool(seed):
                copy.write_row(row)
        connection.execute("analyze faker_pool")


def _pool(seed: int) -> Iterator[tuple[str, int, str]]:
    """Yield made-up names and sentences: kind, entry and value."""
    faker = Faker("en_US")
    faker.seed_instance(seed)
    makers = {
        "first_name": faker.first_name,
        "last_name": faker.last_name,
        "domain": faker.safe_domain_name,
        "company": faker.company,
        "sentence": faker.sentence,
    }
    for kind, make in makers.items():
        for number in range(POOL_SIZE):
            yield kind, number, make()


def _analyze(connection: psycopg.Connection[Any], *schemas: str) -> dict[str, int]:
    """Gather the planner's statistics; return the number of rows of each table."""
    tables = connection.execute(
        """
        select table_schema, table_name
        from information_schema.tables
        where table_schema = any(%s) and table_type = 'BASE TABLE'
        order by table_name
        """,
        [list(schemas)],
    ).fetchall()
    counts = {}
    for table in tables:
        connection.execute(SQL("analyze {}").format(Identifier(*table)))
        query = SQL("select count(*) from {}").format(Identifier(*table))
        counts[table[1]] = connection.execute(query).fetchone()[0]
    return counts
