"""Fixtures of all Python tests: two servers, a database a test, and the command."""

import atexit
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from hashlib import sha256
from itertools import count
from pathlib import Path
from typing import Any

import hypothesis
import psycopg
import pytest
from psycopg import sql

from campaign_association import server
from campaign_association.settings import PROJECT_DIR
from servers import foreign_postgres

Params = dict[str, Any]

# `timeout` and a cancelled CI job end us so: fixtures stop their servers all the same
signal.signal(signal.SIGTERM, signal.default_int_handler)

hypothesis.settings.register_profile(
    "ci", max_examples=15, derandomize=True, deadline=None
)
hypothesis.settings.register_profile("nightly", max_examples=100, deadline=None)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))


@pytest.fixture(scope="session")
def server_folder() -> Iterator[Path]:
    """The folder of the session's embedded server; stopped and removed at the end."""
    with open_folder() as parent:
        folder = parent / "embedded server"
        try:
            yield folder
        finally:
            server.stop(folder)


@pytest.fixture(scope="session")
def embedded(server_folder: Path) -> server.Server:
    """The session's embedded server, running."""
    return server.start(server_folder)


@pytest.fixture
def database(embedded: server.Server) -> Iterator[Params]:
    """Connection parameters of a new, empty database on the embedded server."""
    with new_database(embedded.params) as params:
        yield params


@pytest.fixture(scope="session")
def foreign_server() -> Iterator[Params]:
    """Connection parameters of a PostgreSQL that the project did not start."""
    with foreign_postgres() as params:
        yield params


@pytest.fixture
def foreign_database(foreign_server: Params) -> Iterator[Params]:
    """Connection parameters of a new, empty database on the foreign server."""
    with new_database(foreign_server) as params:
        yield params


@pytest.fixture
def run_command(
    server_folder: Path,
) -> Callable[..., subprocess.CompletedProcess[str]]:
    """A function that runs ``campaign-association`` as a program of its own.

    ``run_command(*arguments, params=None, env=None, timeout=300, **options)``:
    ``params`` become the ``PG*`` variables, the only ones the program sees; without
    them it works on the session's embedded server. ``env`` adds variables, and
    ``options`` go to ``subprocess.run``.
    """

    def run(
        *arguments: str | Path,
        params: Params | None = None,
        env: Mapping[str, str] | None = None,
        timeout: float = 300,
        **options: Any,
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "campaign_association", *map(str, arguments)],
            env=command_environment(server_folder, params, env),
            timeout=timeout,
            **{"cwd": PROJECT_DIR, "capture_output": True, "text": True, **options},
        )

    return run


@pytest.fixture(scope="module")
def source(world: Any) -> Iterator[Any]:
    """What the pages of a module's world read, here in the test."""
    from campaign_association.review_page.source import Source
    from small_platform import target_of

    source = Source(target_of(world.params))
    yield source
    source.close()


@pytest.fixture(scope="module")
def review_link(world: Any) -> Iterator[str]:
    """The review page of a module's world, served to ann.b."""
    from campaign_association.benchmark.browser import review_page

    options = ["--reviewer", "ann.b", *world.vars_option({})]
    with review_page(options, world.environment) as link:
        yield link


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """A Chromium for a module's tests."""
    from campaign_association.benchmark.browser import chromium

    with chromium() as browser:
        yield browser


@pytest.fixture
def screenshots(tmp_path: Path) -> Path:
    """Where pictures of the review page are kept."""
    from review_browser import screenshots

    return screenshots(tmp_path)


@pytest.fixture
def open_page(
    browser: Any, review_link: str, screenshots: Path, request: pytest.FixtureRequest
) -> Iterator[Callable[..., Any]]:
    """A function that opens the review page; checked and closed at the end."""
    from review_browser import opening

    with opening(browser, review_link, screenshots, request.node.name) as open_at:
        yield open_at


def command_environment(
    server_folder: Path,
    params: Params | None = None,
    more: Mapping[str, str] | None = None,
) -> dict[str, str]:
    """Return our environment with ``PG*`` variables of ``params`` and no others."""
    kept = {name: value for name, value in os.environ.items() if name[:2] != "PG"}
    kept["CAMPAIGN_ASSOCIATION_SERVER_DIR"] = str(server_folder)
    if params:
        kept |= {
            "PGHOST": params["host"],
            "PGPORT": str(params["port"]),
            "PGUSER": params["user"],
            "PGPASSWORD": params["password"],
            "PGDATABASE": params["dbname"],
        }
    return {**kept, **(more or {})}


# names of databases that are in use, by the server's port
_taken: dict[int, set[str]] = {}


@contextmanager
def new_database(params: Params, template: str = "template1") -> Iterator[Params]:
    """Make a database for the time of the block; yield its connection parameters.

    It is a copy of ``template``, which nobody may use just then. Names come again, so
    that dbt need not parse the project for each: ``dbt_files``.
    """
    taken = _taken.setdefault(params["port"], set())
    name = next(name for number in count() if (name := f"test_{number}") not in taken)
    taken.add(name)
    names = {"name": sql.Identifier(name), "template": sql.Identifier(template)}
    _execute(params, sql.SQL("create database {name} template {template}"), names)
    try:
        yield {**params, "dbname": name}
    finally:
        _execute(params, sql.SQL("drop database {name} with (force)"), names)
        taken.remove(name)


def dbt_files(*what: Any) -> Path:
    """Return the folder for the files of dbt's invocations with the same ``what``.

    dbt parses the whole project anew, for seconds, where connection or variables differ
    from those of the invocation that left its files in the folder.
    """
    return _session_folder() / sha256(repr(what).encode()).hexdigest()[:16]


@cache
def _session_folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="campaign-association-dbt-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def _execute(
    params: Params, statement: sql.SQL, names: Mapping[str, sql.Identifier]
) -> None:
    # in another database than those that are copied
    params = {**params, "dbname": "postgres"}
    with psycopg.connect(**params, autocommit=True) as connection:
        connection.execute(statement.format(**names))


@contextmanager
def open_folder() -> Iterator[Path]:
    """Make a temporary folder that other users may enter, as project folders are."""
    folder = Path(tempfile.mkdtemp(prefix="campaign-association-"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)
