"""The verbs lock and unlock on a small platform: what they keep, log and refuse."""

import json
import os
from collections.abc import Iterator
from typing import Any

import click
import psycopg
import pytest
import yaml
from click.testing import CliRunner
from psycopg import errors

from campaign_association.errors import Refused
from campaign_association.lock_command import lock_command, unlock_command
from campaign_association.migrate import migrate_up
from campaign_association.migration.down import migrate_down
from campaign_association.server import Server
from campaign_association.settings import PROJECT_DIR
from campaign_association.writer_lock import open_writer
from write_back_world import GRANTS, A, B, World, activity, open_world

# associations as the models make them, with the fields that a test looks at
ASSOCIATIONS = """
drop table analytics.campaign_associations cascade;
create table analytics.campaign_associations
    (like association_ops.locked_associations);
alter table analytics.campaign_associations
    drop column closing_id, drop column locked_at,
    alter activity_date drop not null,
    add column a_later_column integer;
create view analytics.pending_write_backs as select 1 as nothing;
"""
DIFFERENCES = """
create table analytics.closed_book_differences (
    activity_type text, activity_id uuid, activity_date date, difference text,
    locked_campaign_id uuid, locked_program_instance_id uuid, locked_decision text,
    current_campaign_id uuid, current_program_instance_id uuid, current_decision text
)
"""


@pytest.fixture
def world(embedded: Server) -> Iterator[World]:
    """A world with an activity on each of the first ten days of June, and on none."""
    with open_world(embedded.params) as made:
        made.connection.execute(ASSOCIATIONS)
        made.connection.execute(GRANTS)
        for day in range(1, 11):
            add(made, day, f"2026-06-{day:02}")
        add(made, 99, None)
        yield made


def add(world: World, number: int, day: str | None) -> None:
    """Record the association of a session."""
    world.execute(
        """
        insert into analytics.campaign_associations (
            activity_type, activity_id, activity_date, program_instance_id, decision,
            match_reasons, tag_similarity
        )
        values ('session', %s, %s, %s, 'auto', '{reason}', 0.333333)
        """,
        activity(number), day, A,
    )  # fmt: skip


def call(world: World, command: click.Command, *arguments: str) -> Any:
    """Run a verb in this process and return click's result."""
    names = {"host": "PGHOST", "port": "PGPORT", "user": "PGUSER",
             "password": "PGPASSWORD", "dbname": "PGDATABASE"}  # fmt: skip
    kept = {name: text for name, text in os.environ.items() if name[:2] != "PG"}
    kept |= {names[name]: str(world.params[name]) for name in names}
    result = CliRunner().invoke(command, list(arguments), env=kept)
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result


def lock(world: World, *arguments: str, exit_code: int = 0) -> str:
    """Run lock and return what it said."""
    result = call(world, lock_command, *arguments)
    assert result.exit_code == exit_code, result.output
    return " ".join(result.output.split())


def unlock(world: World, *arguments: str) -> str:
    """Run unlock and return what it said."""
    result = call(world, unlock_command, *arguments)
    assert result.exit_code == 0, result.output
    return " ".join(result.output.split())


def locked(world: World) -> list[int]:
    """Return the days of June that are locked."""
    return [
        day
        for (day,) in world.rows(
            "select extract(day from activity_date)::integer"
            " from association_ops.locked_associations order by 1"
        )
    ]


def closings(world: World) -> list[tuple[Any, ...]]:
    """Return the log of closings."""
    return world.rows(
        "select action, locked_before::text, associations, recorded_by"
        " from association_ops.book_closings order by closing_id"
    )


# -- what is locked -------------------------------------------------------------------


def test_lock_takes_what_is_dated_before_and_nothing_else(world: World) -> None:
    said = lock(world, "2026-06-04")
    assert locked(world) == [1, 2, 3]
    assert closings(world) == [("lock", "2026-06-04", 3, "postgres")]
    assert "3 associations locked." in said
    assert "closed before 2026-06-04, with 3 associations" in said


def test_every_field_is_kept(world: World) -> None:
    lock(world, "2026-07-01", exit_code=3)
    lock(world, "2026-06-30")
    different = world.value(
        """
        select count(*)
        from analytics.campaign_associations as recorded
        left join association_ops.locked_associations as locked
            using (activity_type, activity_id)
        where recorded.activity_date is not null
            and to_jsonb(recorded) - 'a_later_column'
            is distinct from to_jsonb(locked) - 'closing_id' - 'locked_at'
        """
    )
    assert (different, len(locked(world))) == (0, 10)


def test_locked_columns_are_those_of_the_associations(world: World) -> None:
    """The model's contract and the migration list the same columns in this order."""
    path = PROJECT_DIR / "models" / "associations" / "campaign_associations.yml"
    model = yaml.safe_load(path.read_text())["models"][0]
    columns = world.rows(
        """
        select attname, format_type(atttypid, atttypmod)
        from pg_attribute
        where attrelid = 'association_ops.locked_associations'::regclass and attnum > 0
        order by attnum
        """
    )
    contract = [(column["name"], column["data_type"]) for column in model["columns"]]
    assert columns[: len(contract)] == contract
    assert [name for name, _ in columns[len(contract) :]] == ["closing_id", "locked_at"]


def test_a_later_date_and_the_same_one_add_what_is_new(world: World) -> None:
    lock(world, "2026-06-04")
    world.execute("update analytics.campaign_associations set program_instance_id = %s",
                  B)  # fmt: skip
    lock(world, "2026-06-06")
    assert locked(world) == [1, 2, 3, 4, 5]
    kept = world.rows(
        "select program_instance_id from association_ops.locked_associations"
        " order by activity_date"
    )
    assert [value for (value,) in kept] == [A, A, A, B, B]
    add(world, 50, "2026-06-02")
    assert "1 associations locked." in lock(world, "2026-06-06")
    assert [row[2] for row in closings(world)] == [3, 2, 1]


def test_the_same_date_without_news_is_not_logged(world: World) -> None:
    lock(world, "2026-06-04")
    assert "Nothing new to lock." in lock(world, "2026-06-04")
    assert len(closings(world)) == 1


def test_a_lock_of_nothing_closes_the_books_all_the_same(world: World) -> None:
    lock(world, "2026-01-01")
    assert closings(world) == [("lock", "2026-01-01", 0, "postgres")]
    assert "closed before 2026-01-01" in lock(world)


# -- what is refused ------------------------------------------------------------------


def unchanged(world: World, *reasons: str, date: str, exit_code: int) -> None:
    """A lock ends with a code, names the reasons and changes nothing."""
    before = world.everything()
    said = lock(world, date, exit_code=exit_code)
    for reason in reasons:
        assert reason in said
    assert world.everything() == before


@pytest.mark.parametrize("date", ["yesterday", "2026-13-01", "2026-06-31", "1.6.2026"])
def test_what_is_no_date_is_wrong(world: World, date: str) -> None:
    unchanged(world, date, date=date, exit_code=2)


def test_a_day_that_no_build_knows_is_refused(world: World) -> None:
    unchanged(world, "2026-06-30", "build", date="2026-07-01", exit_code=3)


def test_an_earlier_date_says_to_unlock_first(world: World) -> None:
    lock(world, "2026-06-04")
    unchanged(world, "2026-06-04", "unlock first", date="2026-06-03", exit_code=2)


@pytest.mark.parametrize(
    ("columns", "reason"),
    [
        ({"status": "error"}, "failed"),
        ({"integrity_results": "{}"}, "have not run since"),
        ({"integrity_results": '{"test.project.keys.1": "fail"}'}, "failed"),
    ],
)
def test_the_gates_of_write_back_hold(
    world: World, columns: dict[str, str], reason: str
) -> None:
    world.build("build 2", **columns)
    unchanged(world, reason, date="2026-06-04", exit_code=3)


def test_refused_while_another_writer_is_at_work(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("campaign_association.writer_lock.GRACE_SECONDS", 0.1)
    with open_writer(world.target):
        unchanged(world, "at work", date="2026-06-04", exit_code=3)
        assert call(world, unlock_command).exit_code == 3


def test_lock_is_all_or_nothing(world: World) -> None:
    world.connection.execute(
        "alter table association_ops.locked_associations"
        " add check (activity_date <> '2026-06-02')"
    )
    assert "The server reported" in lock(world, "2026-06-04", exit_code=1)
    assert (locked(world), closings(world)) == ([], [])


def test_without_models_or_migrations(database: dict[str, Any]) -> None:
    world = World(database)
    for arguments in (["2026-06-04"], []):
        assert "migrate up" in lock(world, *arguments, exit_code=1)
    assert "migrate up" in call(world, unlock_command).output


# -- what is shown --------------------------------------------------------------------


def test_open_books(world: World) -> None:
    assert "nothing is locked" in lock(world)
    assert json.loads(lock(world, "--json"))["closing"] is None
    assert unlock(world) == "The books are open."
    assert closings(world) == []


def test_closed_books_before_a_build_compared(world: World) -> None:
    lock(world, "2026-06-04")
    said = lock(world)
    for part in ("closed before 2026-06-04", "by postgres", "3 assoc", "dbt build"):
        assert part in said
    assert json.loads(lock(world, "--json"))["differences"] is None


def test_differences_are_counted_and_shown(world: World) -> None:
    lock(world, "2026-06-04")
    world.connection.execute(DIFFERENCES)
    for number, difference in enumerate(("rules", "rules", "decision"), 1):
        world.execute(
            "insert into analytics.closed_book_differences values"
            " ('session', %s, '2026-06-01', %s, null, %s, 'auto', null, %s, 'review')",
            activity(number), difference, A, None,
        )  # fmt: skip
    said = lock(world)
    for part in ("3 would now", "1 decision", "2 rules", f"auto instance {A} stays"):
        assert part in said
    assert said.count("session") == 3
    short = lock(world, "--show", "1")
    assert short.count("session ") == 1
    assert "analytics.closed_book_differences" in short
    told = json.loads(lock(world, "--json", "--show", "2"))
    assert told["differences"] == {"decision": 1, "rules": 2}
    assert (told["locked"], len(told["rows"])) == (3, 2)
    assert "changes 3 associations" in unlock(world)


# -- unlock ---------------------------------------------------------------------------


def test_unlock_releases_all_and_is_logged(world: World) -> None:
    lock(world, "2026-06-04")
    lock(world, "2026-06-06")
    assert json.loads(unlock(world, "--json"))["released"] == 5
    assert locked(world) == []
    assert closings(world)[-1] == ("unlock", None, 5, "postgres")
    lock(world, "2026-06-02")
    assert locked(world) == [1]


@pytest.mark.parametrize(
    "statement",
    [
        "update association_ops.book_closings set recorded_by = 'kim'",
        "delete from association_ops.book_closings",
        "truncate association_ops.book_closings cascade",
    ],
)
def test_the_log_of_closings_stays_as_it_is(world: World, statement: str) -> None:
    lock(world, "2026-06-04")
    with pytest.raises(errors.RestrictViolation, match="append-only"):
        world.execute(statement)


def test_migrate_down_is_refused_while_books_are_closed(world: World) -> None:
    lock(world, "2026-06-04")
    with pytest.raises(Refused, match=r"3 associations in .*unlock.*--discard-locks"):
        migrate_down(world.target, patience=5)
    assert locked(world) == [1, 2, 3]
    migrate_down(world.target, discard_locks=True, patience=5)
    migrate_up(world.target)
    with psycopg.connect(**world.params) as connection:
        assert connection.execute(
            "select count(*) from association_ops.book_closings"
        ).fetchone() == (0,)
