"""A PostgreSQL that the project did not start, for tests of the way users connect."""

import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest

READY_SECONDS = 60


@contextmanager
def foreign_postgres() -> Iterator[dict[str, Any]]:
    """Run the machine's own PostgreSQL in a new folder; yield psycopg's parameters."""
    binaries = find_binaries()
    options = process_options()
    folder = Path(tempfile.mkdtemp(prefix="foreign-postgres-"))
    password = secrets.token_urlsafe(16)
    try:
        password_file = folder / "password"
        password_file.write_text(password)
        if "user" in options:
            for path in (folder, password_file):
                os.chown(path, options["user"], options["group"])
        initdb = [binaries / "initdb", "-D", folder / "data", "-U", "postgres"]
        initdb += ["--auth=scram-sha-256", f"--pwfile={password_file}"]
        initdb += ["--encoding=UTF8", "--no-locale", "--no-sync"]
        subprocess.run(initdb, check=True, capture_output=True, **options)
        params = {
            "host": "127.0.0.1",
            "port": free_port(),
            "user": "postgres",
            "password": password,
            "dbname": "postgres",
        }
        with running(binaries, folder, params, options):
            yield params
    finally:
        shutil.rmtree(folder)


@contextmanager
def running(
    binaries: Path, folder: Path, params: dict[str, Any], options: dict[str, Any]
) -> Iterator[None]:
    """Run the server of ``folder`` for the time of the block."""
    arguments = [binaries / "postgres", "-D", folder / "data"]
    arguments += ["-p", str(params["port"]), "-h", params["host"]]
    # durability is nothing these tests look at, speed is
    arguments += ["-k", "", "-c", "fsync=off", "-c", "synchronous_commit=off"]
    log = folder / "log"
    with log.open("wb") as output:
        server = subprocess.Popen(
            arguments, stdout=output, stderr=output, start_new_session=True, **options
        )
    try:
        deadline = time.monotonic() + READY_SECONDS
        while not answers(params):
            if server.poll() is not None or time.monotonic() > deadline:
                pytest.fail(f"PostgreSQL did not start:\n{log.read_text()}")
            time.sleep(0.05)
        yield
    finally:
        server.send_signal(signal.SIGQUIT)
        server.wait(READY_SECONDS)


def answers(params: dict[str, Any]) -> bool:
    """Tell whether a connection works."""
    try:
        psycopg.connect(**params).close()
    except psycopg.OperationalError:
        return False
    return True


def find_binaries() -> Path:
    """Return the folder of the machine's newest PostgreSQL server."""
    installed = Path("/usr/lib/postgresql").glob("*/bin")
    newest_first = sorted(installed, key=lambda path: -float(path.parent.name))
    if pg_config := shutil.which("pg_config"):
        told = subprocess.run(
            [pg_config, "--bindir"], check=True, capture_output=True, text=True
        )
        newest_first.insert(0, Path(told.stdout.strip()))
    for folder in newest_first:
        # pg_config also comes with the client libraries alone
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    pytest.fail("These tests need a PostgreSQL server: install postgresql.")


def process_options() -> dict[str, Any]:
    """Return options of ``subprocess`` for a server: not as root, no PG* variables."""
    kept = {name: value for name, value in os.environ.items() if name[:2] != "PG"}
    options: dict[str, Any] = {"cwd": "/", "env": kept}
    if os.geteuid() == 0:
        account = pwd.getpwnam("postgres")
        options |= {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
    return options


def free_port() -> int:
    """Return a TCP port of 127.0.0.1 that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
