"""The demo platform: its tables in every variant, and the made-up data in them."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import psycopg
import pytest
from psycopg.sql import SQL, Identifier

from campaign_association.demo.generator import generate, sizes, truth_schema
from campaign_association.demo.noise import NOISE
from campaign_association.demo.platform import create_platform, search_path
from campaign_association.errors import CommandFailed
from campaign_association.server import Server
from conftest import new_database

AS_OF = date(2026, 6, 30)
ACTIVITIES = 6_000
NO_CAMPAIGN = ("private_use", "other_service", "before_campaigns")
Connection = psycopg.Connection[Any]


@pytest.fixture(scope="module")
def connection(embedded: Server) -> Iterator[Connection]:
    """A database with a filled platform in schema ``platform``."""
    with (
        new_database(embedded.params) as params,
        psycopg.connect(**params, autocommit=True) as connection,
    ):
        create_platform(connection)
        generate(connection, seed=1, as_of=AS_OF, activities=ACTIVITIES)
        yield connection


@pytest.fixture
def fresh(database: dict[str, Any]) -> Iterator[Connection]:
    """An empty database."""
    with psycopg.connect(**database, autocommit=True) as connection:
        yield connection


def test_same_seed_gives_same_rows_whatever_the_plan(
    connection: Connection, database: dict[str, Any]
) -> None:
    # in the connection string, so that further connections have them too
    settings = "-c enable_hashjoin=off -c work_mem=1MB"
    with psycopg.connect(**database, options=settings, autocommit=True) as other:
        create_platform(other, "elsewhere")
        counts = generate(
            other, "elsewhere", seed=1, as_of=AS_OF, activities=ACTIVITIES
        )
        expected = checksums(connection, "platform")
        assert counts.keys() == expected.keys()
        assert min(counts.values()) > 0
        assert checksums(other, "elsewhere") == expected


def test_other_seed_gives_other_rows_in_every_table(
    connection: Connection, fresh: Connection
) -> None:
    create_platform(fresh)
    generate(fresh, seed=2, as_of=AS_OF, activities=ACTIVITIES)
    other = checksums(fresh, "platform")
    expected = checksums(connection, "platform")
    assert [table for table in expected if other[table] == expected[table]] == []


@pytest.mark.parametrize(
    ("schema", "tags", "statuses"),
    [
        ("public", "text[]", "text"),
        ("public", "jsonb", "text"),
        ('odd "name"', "text[]", "enum"),
    ],
)
def test_variants_hold_the_same_data(
    connection: Connection, fresh: Connection, schema: str, tags: str, statuses: str
) -> None:
    create_platform(fresh, schema, tags=tags, statuses=statuses)
    before = keys(fresh, schema)
    generate(fresh, schema, seed=1, as_of=AS_OF, activities=ACTIVITIES)
    types = column_types(fresh, schema)
    assert types["users", "tags"] == types["beneficiary_groups", "tags"] == tags
    assert (types["campaigns", "status"] == "text") == (statuses == "text")
    zone = "without" if statuses == "text" else "with"
    assert types["kintell_sessions", "completed_at"] == f"timestamp {zone} time zone"
    assert keys(fresh, schema) == before
    assert checksums(fresh, schema) == checksums(connection, "platform")


def test_tables_are_as_before_migrations(connection: Connection) -> None:
    types = column_types(connection, "platform")
    assert {table for table, column in types if column == "program_instance_id"} == {
        "program_enrollments"
    }


def test_truth_names_every_activity_once(connection: Connection) -> None:
    activities = """
        select 'session', id from platform.kintell_sessions
        union all select 'match', id from platform.buddy_matches
        union all select 'completion', id from platform.learning_progress
        where status::text = 'completed'
    """
    truth = "select activity_type, activity_id from platform_truth.activity_truth"
    rows = connection.execute(activities).fetchall()
    assert len(rows) == ACTIVITIES
    assert sorted(rows) == sorted(connection.execute(truth).fetchall())


def test_truth_is_consistent(connection: Connection) -> None:
    belonging, strays, misfits = connection.execute(
        """
        select
            count(*) filter (where truth.program_instance_id is not null),
            count(*) filter (
                where truth.circumstance = any(%s)
                and truth.program_instance_id is not null
            ),
            count(*) filter (
                where truth.program_instance_id is not null
                and truth.campaign_id is distinct from instances.campaign_id
            )
        from platform_truth.activity_truth as truth
        left join platform.program_instances as instances
            on truth.program_instance_id = instances.id
        """,
        [list(NO_CAMPAIGN)],
    ).fetchone()
    assert strays == misfits == 0
    assert belonging > 0.9 * ACTIVITIES


CIRCUMSTANCE = """
    select count(*) filter (where circumstance = %(name)s), count(*)
    from platform_truth.activity_truth
"""
MEASURES = {
    "missing_date": CIRCUMSTANCE,
    "unknown_beneficiary": CIRCUMSTANCE,
    "private_use": CIRCUMSTANCE,
    "other_service": CIRCUMSTANCE,
    "before_campaigns": CIRCUMSTANCE,
    "near_midnight": """
        select
            count(*) filter (
                where completed_at::time >= '23:30' or completed_at::time < '00:30'
            ),
            count(*)
        from platform.kintell_sessions where completed_at is not null
    """,
    "not_held": """
        select count(*) filter (where completed_at is null), count(*)
        from platform.kintell_sessions where scheduled_at < '2026-07-01'
    """,
    "no_company": """
        select count(*) filter (where company_users.id is null), count(*)
        from platform.users left join platform.company_users on users.id = user_id
    """,
    "several_companies": """
        select count(*) filter (where companies > 1), count(*) from (
            select count(distinct company_id) as companies
            from platform.company_users group by user_id
        ) as people
    """,
    "duplicate_membership": """
        select count(*) filter (where memberships > 1), count(*) from (
            select count(*) as memberships
            from platform.company_users group by user_id, company_id
        ) as people
    """,
    "dropped_enrolment": """
        select count(*) filter (where status = 'dropped'), count(*)
        from platform.program_enrollments
    """,
    "null_instance": """
        select count(*) filter (where program_instance_id is null), count(*)
        from platform.program_enrollments
    """,
    "dangling_instance": """
        select
            count(*) filter (
                where program_instance_id is not null and instances.id is null
            ),
            count(*)
        from platform.program_enrollments
        left join platform.program_instances as instances
            on program_instance_id = instances.id
    """,
    "tags_missing": """
        select count(*) filter (where not exists (
            select from jsonb_array_elements_text(tags) as tag where trim(tag) <> ''
        )), count(*)
        from platform.users where role = 'participant'
    """,
}


@pytest.mark.parametrize("name", MEASURES)
def test_noise_is_as_frequent_as_named(connection: Connection, name: str) -> None:
    connection.execute("set timezone to 'UTC'")
    found, rows = connection.execute(MEASURES[name], {"name": name}).fetchone()
    rate = NOISE[name]
    if name == "tags_missing":
        # people of open groups who have no tags of their own come on top
        rate += NOISE["open_group"] * 0.4
    deviation = (rate * (1 - rate) / rows) ** 0.5
    assert found > 0
    assert abs(found / rows - rate) < 4.5 * deviation + 0.1 * rate


def test_activities_lie_around_the_two_years(connection: Connection) -> None:
    early, recent, future = connection.execute(
        """
        with dated as (
            select coalesce(completed_at, scheduled_at)::date as day
            from platform.kintell_sessions
        )
        select
            avg((day < %(as_of)s - 730)::int),
            avg((day between %(as_of)s - 29 and %(as_of)s)::int),
            avg((day > %(as_of)s)::int)
        from dated
        """,
        {"as_of": AS_OF},
    ).fetchone()
    assert 0 < early < 0.02
    assert 0.015 < recent < 0.12
    assert 0 < future < 0.06


def test_filled_tables_are_refused(connection: Connection) -> None:
    with pytest.raises(CommandFailed, match="holds data already"):
        generate(connection, seed=1, as_of=AS_OF)


@pytest.mark.parametrize(
    ("seed", "activities"), [(1, 0), (1, 10**9), (-1, 100), (2**62, 100)]
)
def test_numbers_out_of_range_are_refused(
    fresh: Connection, seed: int, activities: int
) -> None:
    with pytest.raises(CommandFailed):
        generate(fresh, seed=seed, as_of=AS_OF, activities=activities)


@pytest.mark.parametrize("steps_before", range(9))
def test_an_interrupted_load_leaves_the_tables_as_they_were(
    fresh: Connection, steps_before: int
) -> None:
    def interrupt(step: str, done: int, total: int) -> None:
        if done == steps_before:
            raise KeyboardInterrupt

    create_platform(fresh)
    before = everything(fresh)
    with pytest.raises(KeyboardInterrupt):
        generate(fresh, seed=1, as_of=AS_OF, activities=100, progress=interrupt)
    assert everything(fresh) == before


def test_a_failed_load_leaves_the_tables_as_they_were(fresh: Connection) -> None:
    create_platform(fresh)
    fresh.execute("alter table platform.kintell_sessions add extra int not null")
    before = everything(fresh)
    with pytest.raises(psycopg.errors.NotNullViolation, match="extra"):
        generate(fresh, seed=1, as_of=AS_OF, activities=1_000)
    assert everything(fresh) == before


def everything(connection: Connection) -> tuple[Any, ...]:
    """Return schemas, keys and rows of a platform, and how many clients there are."""
    clients = "select count(*) from pg_stat_activity where datname = current_database()"
    return (
        schemas(connection),
        keys(connection, "platform"),
        checksums(connection, "platform"),
        connection.execute(clients + " and backend_type = 'client backend'").fetchone(),
    )


@pytest.mark.parametrize("activities", [1, 150])
def test_tiny_platforms_can_be_made(fresh: Connection, activities: int) -> None:
    path = fresh.execute("show search_path").fetchone()
    create_platform(fresh)
    counts = generate(fresh, seed=5, as_of=AS_OF, activities=activities)
    assert counts["activity_truth"] == activities
    assert fresh.execute("show search_path").fetchone() == path


def test_sizes_grow_with_the_activities() -> None:
    assert sizes(20_000) == {
        "activities": 20_000, "users": 5_000, "companies": 40, "campaigns": 300,
    }  # fmt: skip
    large, largest = sizes(2_000_000), sizes(10_000_000)
    assert largest == {**large, "activities": 10_000_000}
    assert large["users"] == pytest.approx(200_000, rel=0.02)
    assert large["campaigns"] == pytest.approx(10_000, rel=0.02)
    assert large["companies"] >= 500


def checksums(connection: Connection, schema: str) -> dict[str, str]:
    """Return a checksum of each table's rows, equal for equal data in any variant."""
    names = connection.execute(
        "select table_schema, table_name from information_schema.tables"
        " where table_schema = any(%s)",
        [[schema, truth_schema(schema)]],
    ).fetchall()
    query = """
        select md5(string_agg(line, ' ' order by line collate "C")) from (
            select md5((
                to_jsonb(entry) || case when to_jsonb(entry) ? 'scheduled_at' then
                jsonb_build_object(
                    'scheduled_at',
                    (to_jsonb(entry) ->> 'scheduled_at')::timestamp,
                    'completed_at',
                    (to_jsonb(entry) ->> 'completed_at')::timestamp
                ) else '{{}}' end
            )::text) as line
            from {} as entry
        ) as lines
    """
    connection.execute("set timezone to 'UTC'")
    return {
        name[1]: connection.execute(SQL(query).format(Identifier(*name))).fetchone()[0]
        for name in names
    }


def keys(connection: Connection, schema: str) -> list[tuple[Any, ...]]:
    """Return the definitions of all constraints and indexes in ``schema``."""
    query = """
        select conname, conrelid::regclass::text, pg_get_constraintdef(oid)
        from pg_constraint where connamespace = to_regnamespace(quote_ident(%(schema)s))
        union all
        select indexname, tablename, indexdef
        from pg_indexes where schemaname = %(schema)s
        order by 1, 2, 3
    """
    with connection.transaction(), search_path(connection, schema):
        return connection.execute(query, {"schema": schema}).fetchall()


def column_types(connection: Connection, schema: str) -> dict[tuple[str, str], str]:
    """Return the type of each column, by table and column."""
    rows = connection.execute(
        """
        select relname, attname, format_type(atttypid, atttypmod)
        from pg_attribute
        inner join pg_class on attrelid = pg_class.oid
        inner join pg_namespace on relnamespace = pg_namespace.oid
        where nspname = %s and relkind = 'r' and attnum > 0 and not attisdropped
        """,
        [schema],
    ).fetchall()
    return {(table, column): kind for table, column, kind in rows}


def schemas(connection: Connection) -> set[str]:
    """Return the names of all schemas."""
    rows = connection.execute("select nspname from pg_namespace").fetchall()
    return {name for (name,) in rows}
