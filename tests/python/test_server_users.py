"""The embedded server for root and for ordinary users, in folders open and closed."""

import errno
import json
import os
import pwd
import shutil
import stat
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from campaign_association import server
from campaign_association.errors import CommandFailed
from campaign_association.server import cluster, place, programs
from campaign_association.server.failures import plain_failures
from campaign_association.settings import PROJECT_DIR
from conftest import command_environment, open_folder

pytestmark = pytest.mark.slow

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="concerns root alone")


@pytest.fixture
def parent() -> Iterator[Path]:
    """A folder that everybody may enter; servers below it are stopped at the end."""
    with open_folder() as parent:
        try:
            yield parent
        finally:
            for state in list(parent.rglob(place.STATE_FILE)):
                server.stop(state.parent)


@pytest.fixture
def shared_folder(parent: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A stand-in for /var/lib/campaign-association."""
    shared = parent / "shared"
    monkeypatch.setattr(place, "SHARED_FOLDER", shared)
    return shared


def closed_folder(path: Path) -> Path:
    """Make a folder that its owner alone may enter."""
    path.mkdir()
    path.chmod(0o700)
    return path


def permissions(paths: list[Path]) -> dict[Path, tuple[int, int, int]]:
    """Return mode, owner and group of every path."""
    found = {path: path.stat() for path in paths}
    return {path: (at.st_mode, at.st_uid, at.st_gid) for path, at in found.items()}


def process_of(running: server.Server | None) -> psutil.Process:
    assert running is not None
    return psutil.Process(running.pid)


def works(running: server.Server) -> bool:
    with psycopg.connect(**running.params) as connection:
        return connection.execute("select true").fetchone() == (True,)


# -- root ---------------------------------------------------------------------------


@as_root
def test_postgres_does_not_run_as_root(embedded: server.Server) -> None:
    assert process_of(embedded).username() in ("postgres", "nobody")
    assert stat.S_IMODE((embedded.folder / "data").stat().st_mode) == 0o700


@as_root
def test_nobody_steps_in_and_stays(
    parent: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = pwd.getpwnam

    def without_postgres(name: str) -> pwd.struct_passwd:
        if name == "postgres":
            raise KeyError(name)
        return known(name)

    folder = parent / "folder"
    with monkeypatch.context() as patch:
        patch.setattr(pwd, "getpwnam", without_postgres)
        assert process_of(server.start(folder)).username() == "nobody"
        server.stop(folder)
    # also when a user postgres has come up since
    assert process_of(server.start(folder)).username() == "nobody"


@as_root
def test_no_account_to_run_as(parent: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("campaign_association.server.account.ACCOUNTS", ("not-here",))
    with pytest.raises(CommandFailed, match="as an ordinary user"):
        server.start(parent / "folder")


@as_root
def test_folder_out_of_reach(parent: Path, shared_folder: Path) -> None:
    home = closed_folder(parent / "home of root")
    folder = home / "project" / ".postgres"
    watched = [home, *folder.parents]
    folder.parent.mkdir()
    before = permissions(watched)
    umask = os.umask(0o077)
    try:
        running = server.start(folder)
    finally:
        os.umask(umask)
    assert works(running)
    assert not (folder / "data").exists()
    assert running.password_file.stat().st_mode & 0o077 == 0
    assert permissions(watched) == before
    server.stop(folder)
    assert server.start(folder).params == running.params


@as_root
def test_folder_moved_out_of_reach_and_back(parent: Path, shared_folder: Path) -> None:
    folder = parent / "folder"
    passwords = server.start(folder).bi_params
    server.stop(folder)
    hidden = closed_folder(parent / "home") / "folder"
    folder.rename(hidden)
    assert server.start(hidden).bi_params == passwords
    server.stop(hidden)
    hidden.rename(folder)
    assert server.start(folder).bi_params == passwords


@as_root
def test_copy_of_a_folder_whose_data_are_elsewhere(
    parent: Path, shared_folder: Path
) -> None:
    home = closed_folder(parent / "home")
    first = server.start(home / "first")
    shutil.copytree(home / "first", home / "second")
    assert server.status(home / "second") is None
    second = server.start(home / "second")
    assert second.params["password"] != first.params["password"]
    assert works(first)
    assert works(second)


@as_root
def test_programs_out_of_reach_are_copied(
    parent: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed = programs._newest_installed()
    packages = closed_folder(parent / "packages")
    for name in (programs.PACKAGE, f"{programs.PACKAGE}.libs"):
        source = installed.parent.parent / name
        ignored = shutil.ignore_patterns("*.a", "include", "pginstall")
        shutil.copytree(source, packages / name, ignore=ignored)
    hidden = packages / programs.PACKAGE / installed.name
    monkeypatch.setattr(programs, "_newest_installed", lambda: hidden)
    before = permissions([packages, hidden, hidden / "bin"])
    folder = parent / "folder"

    def copy_in_use() -> tuple[Path, int]:
        running = server.start(folder)
        assert works(running)
        program = Path(process_of(running).exe())
        server.stop(folder)
        return program.relative_to(folder), program.stat().st_ino

    umask = os.umask(0o077)
    try:
        first = copy_in_use()
        assert copy_in_use() == first
        monkeypatch.setattr(programs, "version", lambda wheel: "99.0")
        newer = copy_in_use()
    finally:
        os.umask(umask)
    assert newer[0].parts[0] == "postgresql-99.0"
    assert [path.name for path in folder.glob("postgresql-*")] == ["postgresql-99.0"]
    assert permissions([packages, hidden, hidden / "bin"]) == before


@as_root
def test_root_without_the_right_to_look_into_processes(parent: Path) -> None:
    """As in most containers: the running server must be recognised all the same."""
    folder = parent / "folder"
    command = ["setpriv", "--bounding-set=-sys_ptrace", "--inh-caps=-sys_ptrace"]
    command += [sys.executable, "-m", "campaign_association", "server"]
    pids = set()
    for verb in ("start", "start", "status"):
        done = subprocess.run(
            [*command, verb, "--json"],
            env=command_environment(folder),
            capture_output=True,
            check=True,
        )
        pids.add(json.loads(done.stdout)["pid"])
    assert len(pids) == 1


@as_root
def test_data_of_another_user_are_left_alone(parent: Path) -> None:
    folder = parent / "folder"
    server.start(folder)
    server.stop(folder)
    os.chown(folder / "data", 54321, 54321)
    with pytest.raises(CommandFailed, match="belongs to another user"):
        server.start(folder)
    assert (folder / "data").stat().st_uid == 54321


@as_root
def test_full_disk(parent: Path) -> None:
    disk = parent / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=10m", "none", str(disk)]
    if subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("mounting a small disk is not allowed here")
    try:
        with pytest.raises(CommandFailed, match="No space left on device"):
            server.start(disk / "folder")
        assert not list((disk / "folder").glob(f"{cluster.UNFINISHED}*"))
    finally:
        subprocess.run(["umount", str(disk)], check=True)


# -- everybody ----------------------------------------------------------------------


def test_folders_we_did_not_make_keep_their_permissions(parent: Path) -> None:
    folder = parent / "project" / ".postgres"
    folder.mkdir(parents=True)
    folder.parent.chmod(0o751)
    folder.chmod(0o775)
    wheel = programs._newest_installed()
    watched = [folder, *folder.parents, wheel / "bin", wheel, *wheel.parents]
    before = permissions(watched)
    server.start(folder)
    assert permissions(watched) == before


def test_full_disk_is_told_plainly(tmp_path: Path) -> None:
    told = r"No space left.*pgpass.*Free some space"
    with pytest.raises(CommandFailed, match=told), plain_failures(tmp_path):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "pgpass")


# -- an ordinary user, where the tests run as root ------------------------------------


@pytest.fixture(scope="session")
def ordinary_command() -> list[str]:
    """The start of a command line that runs the command as user nobody."""
    same_version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    packages = f"{PROJECT_DIR / 'scripts'}:{sysconfig.get_path('purelib')}"
    as_nobody = ["setpriv", "--reuid=nobody", "--clear-groups", "--regid=65534"]
    as_nobody += ["env", f"PYTHONPATH={packages}", "PYTHONDONTWRITEBYTECODE=1"]
    for python in (sys.executable, f"/usr/bin/{same_version}"):
        command = [*as_nobody, python, "-m", "campaign_association"]
        if subprocess.run([*command, "--help"], capture_output=True).returncode == 0:
            return command
    pytest.skip("no Python of this version and these packages is open to other users")


def ordinary_run(
    command: list[str], folder: Path, verb: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*command, "server", verb],
        env=command_environment(folder),
        cwd="/",
        capture_output=True,
        text=True,
    )


@as_root
def test_ordinary_user(parent: Path, ordinary_command: list[str]) -> None:
    home = closed_folder(parent / "home of nobody")
    os.chown(home, 65534, 65534)
    folder = home / "my project" / ".postgres"
    for expected in ("is running", "is running"):
        started = ordinary_run(ordinary_command, folder, "start")
        assert started.returncode == 0, started.stderr
        assert expected in started.stdout
    running = server.status(folder)
    assert process_of(running).username() == "nobody"
    for path in (folder, folder / "data"):
        assert permissions([path])[path] == (stat.S_IFDIR | 0o700, 65534, 65534)
    postgres = process_of(running)
    postgres.kill()
    postgres.wait(30)
    assert ordinary_run(ordinary_command, folder, "start").returncode == 0
    assert "been stopped" in ordinary_run(ordinary_command, folder, "stop").stdout
    assert "not running" in ordinary_run(ordinary_command, folder, "status").stdout


@as_root
@pytest.mark.parametrize("verb", ["start", "stop", "status"])
def test_ordinary_user_without_permission(
    parent: Path, ordinary_command: list[str], verb: str
) -> None:
    folder = parent / "folder"
    server.start(folder)
    refused = ordinary_run(ordinary_command, folder, verb)
    assert refused.returncode == 1
    assert "Permission denied" in refused.stderr
    assert "Traceback" not in refused.stderr
    assert "CAMPAIGN_ASSOCIATION_SERVER_DIR" in refused.stderr


@as_root
def test_ordinary_user_in_a_folder_of_root(
    parent: Path, ordinary_command: list[str]
) -> None:
    refused = ordinary_run(ordinary_command, parent / "folder", "start")
    assert refused.returncode == 1
    assert "Permission denied" in refused.stderr
