"""The embedded server: what a start gives, and that it comes back from anything."""

import json
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest

from campaign_association import server
from campaign_association.errors import CommandFailed
from campaign_association.server import cluster, passwords, place, postmaster, tuning
from conftest import command_environment, open_folder

pytestmark = pytest.mark.slow

WAIT_SECONDS = 60


@pytest.fixture
def folder() -> Iterator[Path]:
    """A server folder that is not there yet; its server is stopped at the end."""
    with open_folder() as parent:
        folder = parent / "pröject of mine" / ".postgres"
        try:
            yield folder
        finally:
            server.stop(folder)


def ask(params: dict[str, Any], query: str) -> Any:
    """Return the first column of the first row."""
    with psycopg.connect(**params) as connection:
        row = connection.execute(query).fetchone()
        return row and row[0]


def leave_mark(running: server.Server) -> None:
    """Store a row by which the data can be recognised."""
    with psycopg.connect(**running.params) as connection:
        connection.execute("create table public.marks as select 42 as mark")


def mark(running: server.Server) -> Any:
    return ask(running.params, "select mark from public.marks")


def kill(pid: int) -> None:
    """End the postmaster as a power cut does, and wait until it is gone."""
    process = psutil.Process(pid)
    process.kill()
    process.wait(WAIT_SECONDS)


def wait_for(condition: Callable[[], Any]) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.005)


def start_in_background(folder: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "campaign_association", "server", "start", "--json"],
        env=command_environment(folder),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


# -- what a start gives -------------------------------------------------------------


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("server_encoding", "UTF8"),
        ("listen_addresses", "127.0.0.1"),
        ("unix_socket_directories", ""),
        ("password_encryption", "scram-sha-256"),
        ("TimeZone", "UTC"),
        ("jit", "off"),
        ("max_wal_size", "4GB"),
        ("wal_compression", "off"),
        ("client_connection_check_interval", "1s"),
        ("fsync", "on"),
        ("full_page_writes", "on"),
        ("synchronous_commit", "on"),
        ("data_checksums", "on"),
    ],
)
def test_settings(embedded: server.Server, setting: str, value: str) -> None:
    assert ask(embedded.params, f"show {setting}") == value


def test_version_and_locale(embedded: server.Server) -> None:
    assert ask(embedded.params, "show server_version").startswith("18.")
    locale = ask(
        embedded.params,
        "select concat(datlocprovider, ' ', datlocale) from pg_catalog.pg_database "
        "where datname = current_database()",
    )
    assert locale == "b C.UTF-8"


@pytest.mark.parametrize(
    ("gigabytes", "shared_buffers", "work_mem"),
    [(1, "256MB", "4MB"), (4, "1024MB", "16MB"), (512, "2048MB", "64MB")],
)
def test_memory_settings_follow_the_machine(
    monkeypatch: pytest.MonkeyPatch, gigabytes: int, shared_buffers: str, work_mem: str
) -> None:
    monkeypatch.setattr(tuning, "_memory", lambda: gigabytes * tuning.GIGABYTE)
    chosen = tuning.settings(5432)
    assert (chosen["shared_buffers"], chosen["work_mem"]) == (shared_buffers, work_mem)


def test_container_limit_counts_as_the_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    limit = tmp_path / "memory.max"
    monkeypatch.setattr(tuning, "CONTAINER_LIMIT", limit)
    limit.write_text(f"{64 * tuning.MEGABYTE}\n")
    assert tuning.settings(5432)["shared_buffers"] == "16MB"
    limit.write_text("max\n")
    assert tuning._memory() == psutil.virtual_memory().total


def test_listens_on_loopback_tcp_alone(embedded: server.Server) -> None:
    connections = psutil.Process(embedded.pid).net_connections(kind="all")
    listening = [each for each in connections if each.status == psutil.CONN_LISTEN]
    assert [tuple(each.laddr) for each in listening] == [
        ("127.0.0.1", embedded.params["port"])
    ]
    assert not [each for each in connections if each.family == socket.AF_UNIX]


def test_every_login_needs_a_scram_password(embedded: server.Server) -> None:
    rules = "select array_agg(type || ' ' || auth_method) from pg_hba_file_rules"
    assert ask(embedded.params, rules) == ["host scram-sha-256"]
    for user in cluster.USERS:
        with pytest.raises(psycopg.OperationalError, match="password"):
            psycopg.connect(**{**embedded.params, "user": user, "password": "wrong"})


def test_password_file_is_private_and_works_with_libpq(
    embedded: server.Server,
) -> None:
    assert embedded.password_file.stat().st_mode & 0o777 == 0o600
    for params in (embedded.params, embedded.bi_params):
        by_file = {**params, "password": None, "passfile": embedded.password_file}
        assert ask(by_file, "select current_user") == params["user"]


def test_bi_reader_may_do_nothing_by_itself(embedded: server.Server) -> None:
    """What it may read, dbt grants when it builds it: see test_roles."""
    with psycopg.connect(**embedded.params) as owner:
        owner.execute("create schema private create table persons (name text)")
        owner.execute("create table public.stray (name text)")
    reader = embedded.bi_params
    assert ask(reader, "show default_transaction_read_only") == "on"
    for statement in (
        "select * from private.persons",
        "select * from public.stray",
        "create table public.mine (figure int)",
        "create temporary table mine (figure int)",
        "create schema mine",
    ):
        with psycopg.connect(**reader) as connection:
            connection.read_only = False
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(statement)
    for database in ("postgres", "template1"):
        with pytest.raises(psycopg.OperationalError, match="permission denied"):
            psycopg.connect(**{**reader, "dbname": database})


def test_passwords_show_nowhere(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Not on a command line, in an environment, in output, in the log or a repr."""
    programs: list[str] = []

    class Recorded(subprocess.Popen):
        def __init__(self, arguments: Any, **options: Any) -> None:
            programs.append(f"{arguments} {options.get('env')}")
            super().__init__(arguments, **options)

    monkeypatch.setattr(subprocess, "Popen", Recorded)
    running = server.start(folder)
    assert any("initdb" in program for program in programs)
    seen = [*programs, *capfd.readouterr(), running.log.read_text(), repr(running)]
    for params in (running.params, running.bi_params):
        assert not [text for text in seen if params["password"] in text]


# -- starting again -----------------------------------------------------------------


def test_second_start_reuses_the_first(folder: Path) -> None:
    first = server.start(folder)
    assert server.start(folder) == first
    assert server.status(folder) == first


def test_data_port_and_passwords_outlast_a_stop(folder: Path) -> None:
    first = server.start(folder)
    leave_mark(first)
    assert server.stop(folder) is True
    assert server.status(folder) is None
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(**first.params)
    assert server.stop(folder) is False
    second = server.start(folder)
    assert (second.params, second.bi_params) == (first.params, first.bi_params)
    assert mark(second) == 42


def test_comes_back_after_a_kill(folder: Path) -> None:
    first = server.start(folder)
    leave_mark(first)
    kill(first.pid)
    assert server.status(folder) is None
    second = server.start(folder)
    assert second.pid != first.pid
    assert mark(second) == 42


def test_waits_for_the_children_of_a_killed_server(folder: Path) -> None:
    first = server.start(folder)
    with psycopg.connect(**first.params) as connection:
        child = psutil.Process(connection.info.backend_pid)
        # a busy child does not notice at once that the postmaster is gone
        child.suspend()
        kill(first.pid)
        threading.Timer(1, child.resume).start()
        second = server.start(folder)
    assert not child.is_running()
    assert ask(second.params, "select 1") == 1


def test_children_that_stay_are_named_and_left_alone(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postmaster, "ORPHAN_SECONDS", 0.5)
    first = server.start(folder)
    with psycopg.connect(**first.params) as connection:
        child = psutil.Process(connection.info.backend_pid)
        child.suspend()
        try:
            kill(first.pid)
            with pytest.raises(
                CommandFailed, match=rf"still work in .*\b{child.pid}\b"
            ):
                server.start(folder)
            assert child.status() == psutil.STATUS_STOPPED
        finally:
            child.resume()
            child.wait(WAIT_SECONDS)
    assert server.status(folder) is None


@pytest.mark.parametrize("other", ["sleep", "postgres"])
def test_stale_pid_that_another_process_has_now(
    folder: Path, embedded: server.Server, other: str
) -> None:
    first = server.start(folder)
    pid_file = folder / "data" / postmaster.PID_FILE
    text = pid_file.read_text()
    kill(first.pid)
    sleeper = subprocess.Popen(["sleep", "600"])
    try:
        pid = sleeper.pid if other == "sleep" else embedded.pid
        pid_file.write_text(text.replace(str(first.pid), str(pid), 1))
        assert server.status(folder) is None
        assert server.stop(folder) is False
        assert server.start(folder).pid != pid
        assert psutil.pid_exists(pid)
    finally:
        sleeper.kill()
        sleeper.wait()


def test_pid_file_cut_short(folder: Path) -> None:
    first = server.start(folder)
    kill(first.pid)
    (folder / "data" / postmaster.PID_FILE).write_text("")
    assert server.status(folder) is None
    assert ask(server.start(folder).params, "select 1") == 1


def test_several_starts_at_the_same_time(folder: Path) -> None:
    starters = [start_in_background(folder) for _ in range(3)]
    answers = [starter.communicate(timeout=120) for starter in starters]
    pids = {json.loads(output)["pid"] for output, _ in answers}
    running = server.status(folder)
    assert running is not None
    assert pids == {running.pid}


def test_interrupted_first_start_is_made_again(folder: Path) -> None:
    starter = start_in_background(folder)
    wait_for(lambda: list(folder.glob(f"{cluster.UNFINISHED}*/PG_VERSION")))
    starter.kill()
    starter.communicate()
    assert not (folder / "data").exists()
    assert ask(server.start(folder).params, "select 1") == 1
    server.stop(folder)
    wait_for(lambda: not _initdbs(folder))
    assert ask(server.start(folder).params, "select 1") == 1


def _initdbs(folder: Path) -> list[psutil.Process]:
    """Return the programs that still make data in the folder."""
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if str(folder / cluster.UNFINISHED) in " ".join(process.cmdline()):
                found.append(process)
    return found


def test_moved_folder(folder: Path) -> None:
    first = server.start(folder)
    leave_mark(first)
    moved = folder.with_name("moved")
    folder.rename(moved)
    try:
        still_running = server.status(moved)
        assert still_running is not None
        assert still_running.pid == first.pid
        server.stop(moved)
        assert mark(server.start(moved)) == 42
    finally:
        server.stop(moved)
    assert server.status(folder) is None


def test_copied_folder_is_a_server_of_its_own(folder: Path) -> None:
    leave_mark(server.start(folder))
    server.stop(folder)
    copy = folder.with_name("copy")
    shutil.copytree(folder, copy)
    first = server.start(folder)
    try:
        assert server.status(copy) is None
        second = server.start(copy)
        assert mark(second) == 42
        assert (second.pid, second.params["port"]) != (first.pid, first.params["port"])
        with psycopg.connect(**second.params) as connection:
            connection.execute("update public.marks set mark = 43")
        assert mark(first) == 42
    finally:
        server.stop(copy)
    assert server.status(folder) == first


def test_taken_port_is_replaced_and_the_new_one_kept(folder: Path) -> None:
    port = server.start(folder).params["port"]
    server.stop(folder)
    with socket.create_server(("127.0.0.1", port)):
        second = server.start(folder)
        assert second.params["port"] != port
        by_file = {**second.params, "password": None, "passfile": second.password_file}
        assert ask(by_file, "select 1") == 1
        server.stop(folder)
    assert server.start(folder).params["port"] == second.params["port"]


def test_port_taken_at_the_last_moment(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = other.getsockname()[1]
        choices = iter([taken])
        choose = place.choose_port
        monkeypatch.setattr(
            place, "choose_port", lambda at: next(choices, None) or choose(at)
        )
        assert server.start(folder).params["port"] != taken


def test_lost_passwords_are_made_anew(folder: Path) -> None:
    first = server.start(folder)
    leave_mark(first)
    first.password_file.unlink()
    with pytest.raises(CommandFailed, match="server stop"):
        server.start(folder)
    server.stop(folder)
    second = server.start(folder)
    assert mark(second) == 42
    assert ask(second.bi_params, "select 1") == 1
    assert second.params["password"] != first.params["password"]
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(**first.params)


def test_password_file_of_another_server(folder: Path) -> None:
    running = server.start(folder)
    strange = passwords.generate(cluster.USERS)
    port = running.params["port"]
    passwords.write(running.password_file, strange, "127.0.0.1", port)
    with pytest.raises(CommandFailed, match="no connection works") as failure:
        server.start(folder)
    assert strange["postgres"] not in failure.value.message


# -- stopping -----------------------------------------------------------------------


def test_stop_does_not_wait_for_clients(folder: Path) -> None:
    running = server.start(folder)
    with psycopg.connect(**running.params) as connection:
        connection.execute("select 1")
        assert server.stop(folder) is True
        with pytest.raises(psycopg.OperationalError):
            connection.execute("select 1")


def test_stop_insists_where_a_fast_shutdown_hangs(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postmaster, "FAST_STOP_SECONDS", 0.5)
    running = server.start(folder)
    leave_mark(running)
    with psycopg.connect(**running.params) as connection:
        psutil.Process(connection.info.backend_pid).suspend()
        assert server.stop(folder) is True
    assert not psutil.pid_exists(running.pid)
    assert mark(server.start(folder)) == 42


# -- clear failures -----------------------------------------------------------------


def test_failed_start_shows_the_end_of_the_log(folder: Path) -> None:
    server.start(folder)
    server.stop(folder)
    with (folder / "data" / "postgresql.conf").open("a") as settings:
        settings.write("no_such_setting = 1\n")
    with pytest.raises(CommandFailed, match='parameter "no_such_setting"'):
        server.start(folder)


def test_slow_start_is_left_to_go_on(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(postmaster, "READY_SECONDS", 0)
        with pytest.raises(CommandFailed, match="try again in a minute"):
            server.start(folder)
    wait_for(lambda: server.status(folder))
    slow = server.status(folder)
    assert server.start(folder) == slow


def test_data_of_an_older_version(folder: Path) -> None:
    server.start(folder)
    server.stop(folder)
    (folder / "data" / "PG_VERSION").write_text("16\n")
    with pytest.raises(CommandFailed, match=r"PostgreSQL 16.*18.*pg_upgrade"):
        server.start(folder)


def test_damaged_state_file(folder: Path) -> None:
    leave_mark(server.start(folder))
    server.stop(folder)
    (folder / place.STATE_FILE).write_text("{")
    with pytest.raises(CommandFailed, match="damaged"):
        server.start(folder)
    (folder / place.STATE_FILE).unlink()
    assert mark(server.start(folder)) == 42


# -- the command --------------------------------------------------------------------


def test_command_from_start_to_stop(folder: Path, run_command: Any) -> None:
    here = {"CAMPAIGN_ASSOCIATION_SERVER_DIR": str(folder)}
    down = run_command("server", "status", env=here)
    assert (down.returncode, "not running" in down.stdout) == (0, True)
    assert not folder.exists()

    started = run_command("server", "start", env=here)
    assert started.returncode == 0, started.stderr
    running = server.status(folder)
    assert running is not None, "the server ended with the command that started it"
    assert os.getsid(running.pid) == running.pid
    for shown in ("127.0.0.1", running.params["port"], running.password_file):
        assert str(shown) in started.stdout
    assert f"-U bi_reader -d {cluster.DATABASE}" in started.stdout

    facts = json.loads(run_command("server", "status", "--json", env=here).stdout)
    assert facts["running"] is True
    assert facts["port"] == running.params["port"]
    assert "password" not in facts

    assert "stopped" in run_command("server", "stop", env=here).stdout
    stopped = json.loads(run_command("server", "stop", "--json", env=here).stdout)
    assert stopped == {"running": False, "was_running": False}
    facts = json.loads(run_command("server", "status", "--json", env=here).stdout)
    assert facts == {"running": False}
