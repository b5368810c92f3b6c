"""Made-up platforms in databases of their own, and the command and dbt on them."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import yaml
from psycopg import sql
from psycopg.rows import dict_row

from campaign_association import server
from campaign_association.demo.generator import generate
from campaign_association.demo.platform import (
    StatusesType,
    TagsType,
    create_platform,
)
from campaign_association.settings import PROJECT_DIR
from conftest import command_environment, dbt_files, new_database

AS_OF = date(2026, 6, 30)
ACTIVITIES = 1_500
TABLES = {
    "session": "kintell_sessions",
    "match": "buddy_matches",
    "completion": "learning_progress",
}
PRIVATE = "private7"
# columns with e-mail addresses, names of people and groups, free text and notes
PERSONAL = {
    "users": ("email", "first_name", "last_name", "phone"),
    "companies": ("contact_email",),
    "beneficiary_groups": ("name", "description"),
    "campaigns": ("description", "internal_notes"),
    "program_templates": ("description",),
    "kintell_sessions": ("external_session_id", "notes", "feedback_text"),
    "buddy_feedback": ("comment",),
    "buddy_checkins": ("mood", "notes"),
    "evidence_snippets": ("snippet_text",),
}
MARK_TAGS = """
create function pg_temp.marked(tags jsonb) returns jsonb language sql return (
    select jsonb_agg(
        case
            when jsonb_typeof(tag) <> 'string' or btrim(tag #>> '{}') = '' then tag
            else to_jsonb('private7 ' || btrim(lower(tag #>> '{}')))
        end
    )
    from jsonb_array_elements(tags) as tag
);
update users set tags = pg_temp.marked(tags);
update beneficiary_groups set tags = pg_temp.marked(tags);
update learning_progress set metadata = jsonb_set(
    metadata,
    '{skill_tags}',
    coalesce(pg_temp.marked(metadata -> 'skill_tags'), '[]')
)
where jsonb_typeof(metadata -> 'skill_tags') = 'array';
"""
MARK_TEXT = sql.SQL("update {table} set {column} = {mark} || coalesce({column}, '')")
NOT_COPIED = (".*", "target", "logs", "*.egg-info", "__pycache__", "python")

Result = subprocess.CompletedProcess[str]
Key = tuple[str, UUID]


@dataclass(frozen=True)
class World:
    """A platform, and the ways programs reach it.

    The command is given ``PG*`` variables, or with ``by_profile`` the profile in
    ``folder`` and nonsense in those variables. dbt keeps its logs in ``folder`` too,
    and works on the project in ``project``. It writes manifest and results as JSON,
    which takes seconds, with ``artifacts`` only.
    """

    params: dict[str, Any] = field(repr=False)
    folder: Path
    schema: str = "platform"
    by_profile: bool = False
    project: Path = PROJECT_DIR
    artifacts: bool = False

    def command(self, *arguments: str | Path, **variables: Any) -> Result:
        """Run ``campaign-association`` as a program, with dbt variables."""
        options = self.profile_options if self.by_profile else []
        return self.program(
            [sys.executable, "-m", "campaign_association"],
            [*arguments, *options, *self.vars_option(variables)],
            self.files(**variables),
        )

    def dbt(self, *arguments: str, **variables: Any) -> Result:
        """Run bare dbt as a program, with dbt variables."""
        return self.program(
            [Path(sys.executable).with_name("dbt")],
            [*arguments, *self.profile_options, *self.vars_option(variables)],
            self.files(bare=True, **variables),
        )

    def program(self, program: list[Any], arguments: list[Any], files: Path) -> Result:
        """Run a program in the project's folder; dbt keeps its files in ``files``."""
        return subprocess.run(
            [*map(str, program), *map(str, arguments)],
            env=self.environment | {"DBT_TARGET_PATH": str(files)},
            cwd=self.project,
            capture_output=True,
            text=True,
            timeout=300,
        )

    @property
    def profile_options(self) -> list[str]:
        """The options that name the profile; the password is not in its file."""
        names = ("host", "port", "user", "dbname")
        output = {
            "type": "postgres",
            "schema": "analytics",
            "threads": 2,
            "password": "{{ env_var('DBT_ENV_SECRET_TEST_PASSWORD') }}",
            **{name: self.params[name] for name in names},
        }
        profiles = {
            "campaign_association": {"target": "none", "outputs": {"world": output}}
        }
        (self.folder / "profiles.yml").write_text(yaml.safe_dump(profiles))
        return ["--profiles-dir", str(self.folder), "--target", "world"]

    @property
    def environment(self) -> dict[str, str]:
        """The environment variables of a program on this world."""
        params = self.params
        if self.by_profile:
            params = params | {"host": "nowhere.invalid", "password": "wrong"}
        # a folder in which no server runs: a command that wants one would start it
        environment = command_environment(self.folder / "no server", params)
        return environment | {
            "DBT_ENV_SECRET_TEST_PASSWORD": self.params["password"],
            "DBT_TARGET_PATH": str(self.files()),
            "DBT_WRITE_JSON": str(self.artifacts),
            "DBT_LOG_PATH": str(self.folder / "logs"),
            "DO_NOT_TRACK": "1",
            "PYTHONPATH": str(self.project / "scripts"),
        }

    def files(self, *, bare: bool = False, **variables: Any) -> Path:
        """The folder of dbt's files, with dbt variables: of ``bare`` dbt or ours."""
        by_profile = bare or self.by_profile
        options = self.vars_option(variables)
        return dbt_files(self.params, self.project, by_profile, *options)

    def artifact(self, name: str, **files: Any) -> Any:
        """What dbt wrote last as JSON file ``name``."""
        return json.loads((self.files(**files) / name).read_text())

    def vars_option(self, variables: Mapping[str, Any]) -> list[str]:
        """The option that sets dbt variables, the day and the schema among them."""
        world = {"as_of_date": AS_OF.isoformat(), "platform_schema": self.schema}
        return ["--vars", yaml.safe_dump({**world, **variables})]

    def copy(self, folder: Path, name: str) -> "World":
        """The same with a copy of the project, to be spoilt."""
        shutil.copytree(
            self.project, folder / name, ignore=shutil.ignore_patterns(*NOT_COPIED)
        )
        return replace(self, project=folder / name, folder=folder)

    def connect(self) -> psycopg.Connection[Any]:
        """Open an autocommit connection that finds the platform's tables by name."""
        connection = psycopg.connect(**self.params, autocommit=True)
        path = sql.SQL("set search_path to {}").format(sql.Identifier(self.schema))
        connection.execute(path)
        return connection

    def execute(self, *statements: str) -> None:
        """Run statements."""
        with self.connect() as connection:
            for statement in statements:
                connection.execute(statement)

    def rows(self, query: str) -> list[dict[str, Any]]:
        """Return the rows of a query."""
        with self.connect() as connection:
            return connection.cursor(row_factory=dict_row).execute(query).fetchall()

    def value(self, query: str) -> Any:
        """Return the one value of a query."""
        with self.connect() as connection:
            return connection.execute(query).fetchone()[0]

    def held(self) -> dict[Key, UUID]:
        """What the platform's tables hold, where they hold anything."""
        return {
            (kind, row["id"]): row["program_instance_id"]
            for kind, table in TABLES.items()
            for row in self.rows(
                f"select id, program_instance_id from {table}"  # noqa: S608 (our names)
                " where program_instance_id is not null"
            )
        }

    def wanted(self) -> dict[Key, UUID]:
        """What the associations want them to hold."""
        return {
            (row["activity_type"], row["activity_id"]): row["program_instance_id"]
            for row in self.associations()
            if row["program_instance_id"]
        }

    def logged(self) -> dict[Key, UUID]:
        """What the log says that they hold, of the activities that are there."""
        newest = self.rows(
            "select distinct on (activity_type, activity_id) *"
            " from association_ops.write_back_log"
            " order by activity_type, activity_id, log_id desc"
        )
        there = {
            (kind, row["id"])
            for kind, table in TABLES.items()
            for row in self.rows(f"select id from {table}")  # noqa: S608 (our names)
        }
        logged = {
            (row["activity_type"], row["activity_id"]): row["new_value"]
            for row in newest
        }
        return {key: logged[key] for key in logged.keys() & there if logged[key]}

    def associations(self) -> list[dict[str, Any]]:
        """All associations without the time of their last change."""
        rows = self.rows(
            "select * from analytics.campaign_associations"
            " order by activity_type, activity_id"
        )
        return [
            {name: value for name, value in row.items() if name != "associated_at"}
            for row in rows
        ]

    def written_state(self) -> dict[str, list[dict[str, Any]]]:
        """All that a write-back may change: platform tables, runs and log."""
        tables = [*TABLES.values(), *(f"association_ops.{name}" for name in (
            "write_back_runs", "write_back_log", "review_decisions"
        ))]  # fmt: skip
        return {
            name: self.rows(f"select * from {name} order by 1")  # noqa: S608 (our names)
            for name in tables
        }


@contextmanager
def new_world(
    params: dict[str, Any],
    folder: Path,
    *,
    schema: str = "platform",
    by_profile: bool = False,
    tags: TagsType = "jsonb",
    statuses: StatusesType = "enum",
    activities: int = ACTIVITIES,
) -> Iterator[World]:
    """Make a platform in a new database of the server that ``params`` lead to."""
    with new_database(params) as here:
        world = World(here, folder, schema, by_profile)
        make_platform(world, activities, tags=tags, statuses=statuses)
        yield world


def make_platform(
    world: World,
    activities: int = ACTIVITIES,
    *,
    tags: TagsType = "jsonb",
    statuses: StatusesType = "enum",
) -> None:
    """Make up the world's platform and migrate it."""
    with psycopg.connect(**world.params) as connection:
        create_platform(connection, world.schema, tags=tags, statuses=statuses)
        generate(connection, world.schema, seed=7, as_of=AS_OF, activities=activities)
    succeed(world.command("migrate", "up"))


@cache
def associated_world(server_folder: Path, base: Path) -> World:
    """Return a platform after a run; tests share it and must leave it as it is.

    All its personal texts bear the word ``PRIVATE``. What the run printed is in the
    file ``output`` of its folder in ``base``; the database goes with the embedded
    server.
    """
    folder = base / "associated_world"
    folder.mkdir()
    here = server.start(server_folder).params
    with psycopg.connect(**here, autocommit=True) as connection:
        connection.execute("create database associated_world")
    params = {**here, "dbname": "associated_world"}
    world = World(params, folder, artifacts=True)
    make_platform(world)
    mark_personal_data(world)
    result = world.command("run")
    (folder / "output").write_text(result.stdout + result.stderr)
    succeed(result)
    return world


@contextmanager
def copied_world(world: World) -> Iterator[World]:
    """Copy a world's database, of which nobody may make use just then."""
    with new_database(world.params, world.params["dbname"]) as params:
        yield replace(world, params=params)


def mark_personal_data(world: World) -> None:
    """Put the word ``PRIVATE`` into all personal texts and tags of a platform."""
    with world.connect() as connection:
        connection.execute(MARK_TAGS)
        for table, columns in PERSONAL.items():
            for column in columns:
                update = MARK_TEXT.format(
                    table=sql.Identifier(table),
                    column=sql.Identifier(column),
                    mark=sql.Literal(f"{PRIVATE} "),
                )
                connection.execute(update)


def succeed(result: Result) -> str:
    """Return what a program printed; it must have ended well."""
    assert result.returncode == 0, f"{result.stdout}\n{result.stderr}"
    return result.stdout


def fail(result: Result, exit_code: int, *parts: str) -> str:
    """Return a program's error; it must be ``exit_code``, clear and without trace.

    ``parts`` must occur in it, whatever the lines they are broken into.
    """
    said = " ".join(result.stderr.split())
    assert result.returncode == exit_code, f"{result.stdout}\n{result.stderr}"
    assert "Traceback" not in result.stderr, result.stderr
    for part in parts:
        assert part in said, result.stderr
    return said
