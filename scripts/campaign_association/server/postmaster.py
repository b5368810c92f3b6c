"""The running server process: finding, starting and stopping it."""

import os
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import psutil

from campaign_association.errors import CommandFailed
from campaign_association.server.account import Account
from campaign_association.server.failures import last_lines
from campaign_association.server.tuning import settings

READY_SECONDS = 60
FAST_STOP_SECONDS = 30
IMMEDIATE_STOP_SECONDS = 30
ORPHAN_SECONDS = 30
PID_FILE = "postmaster.pid"


@dataclass(frozen=True)
class Postmaster:
    """PostgreSQL's first process; ``ready`` once it takes connections."""

    pid: int
    port: int
    ready: bool


def find(data: Path) -> Postmaster | None:
    """Return the server that runs on ``data``, None where none does."""
    # pid, data folder, start time, port, socket folder, address, shared memory, status
    lines = _pid_file(data)
    if len(lines) < 4 or not lines[0].isdigit() or not lines[3].isdigit():
        return None
    if not _works_in(int(lines[0]), data):
        return None
    ready = len(lines) >= 8 and lines[7] == "ready"
    return Postmaster(pid=int(lines[0]), port=int(lines[3]), ready=ready)


def launch(
    data: Path, log: Path, port: int, binaries: Path, account: Account
) -> subprocess.Popen[bytes]:
    """Start the server on ``data``, to live on after this program."""
    _clear_remains(data)
    options = [f"--{name}={value}" for name, value in settings(port).items()]
    if log.exists():
        log.replace(log.with_name(f"{log.name}.old"))
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND
    output = os.open(log, flags, 0o600)
    try:
        return subprocess.Popen(
            [binaries / "postgres", "-D", data, *options],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            **account.options(),
        )
    finally:
        os.close(output)


def becomes_ready(data: Path, process: subprocess.Popen[bytes] | None = None) -> bool:
    """Wait until the server takes connections; False where it ended instead.

    Raises :class:`CommandFailed` after a minute. The server is left alone then: it
    may be recovering from a crash, which must not be cut short.
    """
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        ended = process is not None and process.poll() is not None
        found = find(data)
        if found and found.ready:
            return True
        if ended or (process is None and found is None):
            return False
        time.sleep(0.05)
    raise CommandFailed(
        f"The embedded server did not take connections within {READY_SECONDS} seconds. "
        "It may be recovering from a crash: try again in a minute."
    )


def failure(log: Path) -> CommandFailed:
    """Return the error for a server that ended at once, with the end of its log."""
    text = log.read_text(encoding="utf-8", errors="replace") if log.exists() else ""
    return CommandFailed(
        f"The embedded server did not start. The end of {log}:\n{last_lines(text)}"
    )


def stop(data: Path) -> bool:
    """Shut the server down, its clients' open transactions too; was one running?"""
    found = find(data)
    if found is None:
        return False
    process = psutil.Process(found.pid)
    # fast, then immediate: the next start recovers as from a crash
    for how, seconds in (
        (signal.SIGINT, FAST_STOP_SECONDS),
        (signal.SIGQUIT, IMMEDIATE_STOP_SECONDS),
    ):
        process.send_signal(how)
        try:
            process.wait(seconds)
            return True
        except psutil.TimeoutExpired:
            continue
    raise CommandFailed(
        f"The embedded server (process {found.pid}) does not stop. End it by hand."
    )


def _clear_remains(data: Path) -> None:
    """Outwait the children of a killed server; clear a pid that is another's now.

    No process is ended here: picked wrongly, it would be somebody else's server.
    """
    orphans = [
        process for process in psutil.process_iter() if _works_in(process.pid, data)
    ]
    # they end by themselves, at the latest after their query
    _, left = psutil.wait_procs(orphans, timeout=ORPHAN_SECONDS)
    if left:
        pids = ", ".join(str(process.pid) for process in left)
        raise CommandFailed(
            f"Processes of a killed server still work in {data}: {pids}. Wait until "
            "their queries are done, or end them, then start again."
        )
    # PostgreSQL would take whoever has that pid now for a running server, and stumble
    # over a file cut short by a full disk; otherwise its own checks are the better ones
    pid = "".join(_pid_file(data)[:1])
    if not pid.isdigit() or psutil.pid_exists(int(pid)):
        (data / PID_FILE).unlink(missing_ok=True)


def _pid_file(data: Path) -> list[str]:
    try:
        text = (data / PID_FILE).read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return []
    return [line.strip() for line in text.splitlines()]


def _works_in(pid: int, data: Path) -> bool:
    """Tell whether the process is a PostgreSQL whose data folder this is.

    PostgreSQL works inside its data folder, and goes with it when it is moved.
    """
    try:
        process = psutil.Process(pid)
        return (
            process.name().startswith("postgres")
            and process.status() != psutil.STATUS_ZOMBIE
            and process.uids().real == data.stat().st_uid
            and os.path.samefile(_working_folder(process), data)
        )
    except (psutil.NoSuchProcess, FileNotFoundError):
        return False


def _working_folder(process: psutil.Process) -> str:
    try:
        return process.cwd()
    except psutil.AccessDenied:
        # in many containers root may not look at other users' processes; they may
        link = subprocess.run(
            ["readlink", f"/proc/{process.pid}/cwd"],
            capture_output=True,
            text=True,
            user=process.uids().real,
            group=process.gids().real,
            extra_groups=[],
            cwd="/",
        )
        if link.returncode and process.is_running():
            raise CommandFailed(
                f"Cannot see which data the PostgreSQL process {process.pid} serves. "
                "Stop it, then try again."
            ) from None
        return link.stdout.rstrip("\n")
