"""Nothing personal leaves the platform's tables: no names, addresses, texts or tags."""

import re

import pytest
from psycopg import sql

from platforms import PERSONAL, PRIVATE, World, associated_world, fail

pytestmark = pytest.mark.slow

OPEN_SCHEMAS = ("analytics", "analytics_dbt_test__audit", "association_ops")
EMAIL = re.compile(r"[\w.+-]+@[\w-]+\.\w+")


@pytest.fixture(scope="module")
def world(server_folder, tmp_path_factory) -> World:
    """A platform after a run; every personal text in it bears a mark."""
    return associated_world(server_folder, tmp_path_factory.getbasetemp())


def rows_of_everything(world: World, schema: str) -> dict[str, list[str]]:
    """Return the rows of every table and view of a schema, each as one text."""
    found = {}
    with world.connect() as connection:
        names = connection.execute(
            "select table_name from information_schema.tables where table_schema = %s",
            [schema],
        ).fetchall()
        for (name,) in names:
            query = sql.SQL("select to_jsonb(everything)::text from {} as everything")
            rows = connection.execute(query.format(sql.Identifier(schema, name)))
            found[name] = [row[0] for row in rows]
    return found


def test_every_personal_column_is_marked(world):
    """The platform has no text column that these tests forget."""
    harmless = {
        "companies": {"name", "industry", "country"},
        "users": {"role"},
        "program_templates": {"name", "program_type"},
        "campaigns": {"name", "status", "currency", "pricing_model"},
        "program_instances": {"name", "status"},
        "program_enrollments": {"status"},
        "kintell_sessions": {"session_type"},
        "buddy_matches": {"status"},
        "learning_progress": {"provider", "course_id", "status"},
        "buddy_feedback": {"from_role"},
        "outcome_scores": {"text_type", "dimension", "model_version"},
    }
    columns = world.rows(
        """
        select table_name, column_name
        from information_schema.columns
        where table_schema = 'platform'
            and data_type in ('text', 'character', 'character varying')
        """
    )
    for row in columns:
        table, column = row["table_name"], row["column_name"]
        assert column in {*PERSONAL.get(table, ()), *harmless.get(table, ())}, row


def test_marks_reach_the_models(world):
    """Tags are read: where nothing is marked, the other tests could not fail."""
    inside = rows_of_everything(world, "analytics_internal")
    assert any(PRIVATE in row for row in inside["stg_platform__users"])
    assert any(PRIVATE in row for row in inside["int_activities_to_score"])


@pytest.mark.parametrize("schema", OPEN_SCHEMAS)
def test_nothing_personal_in_relations(world, schema):
    relations = rows_of_everything(world, schema)
    assert any(relations.values())
    for name, rows in relations.items():
        for row in rows:
            assert PRIVATE not in row.lower(), f"{schema}.{name}: {row}"
            assert not EMAIL.search(row), f"{schema}.{name}: {row}"


def test_review_candidates_are_there_and_clean(world):
    queue = rows_of_everything(world, "analytics")["association_review_queue"]
    assert len(queue) > 20
    assert all("group_signal" in row for row in queue)


def test_nothing_personal_in_output_and_logs(world):
    texts = {"output": (world.folder / "output").read_text()}
    shown = world.command("write-back", "--dry-run")
    texts["dry run"] = shown.stdout + shown.stderr
    for options in ((), ("--json",), ("--decided",)):
        listed = world.command("review", "list", *options)
        texts[f"review list {options}"] = listed.stdout + listed.stderr
    texts["error"] = fail(world.command("undo", "4711"), 2)
    logs = list((world.folder / "logs").rglob("*.log*"))
    assert logs
    texts |= {path.name: path.read_text() for path in logs}
    for name, text in texts.items():
        assert text, name
        assert PRIVATE not in text.lower(), name
        assert not EMAIL.search(text), (name, EMAIL.search(text))
        assert world.params["password"] not in text, name
