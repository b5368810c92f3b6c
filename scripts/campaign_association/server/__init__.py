"""The embedded server: a PostgreSQL of the project's own, for laptops and demos.

Its folder (``.postgres`` in the project, or ``CAMPAIGN_ASSOCIATION_SERVER_DIR``) holds

- ``data``         the database cluster (elsewhere where PostgreSQL's user cannot
                   enter the folder, see :mod:`.place`),
- ``server.json``  port and place of the data,
- ``pgpass``       the generated passwords, in libpq's password file format,
- ``server.log``   the server's log since its last start, ``server.log.old`` before.

The server outlives the command that starts it.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
from filelock import FileLock, Timeout

from campaign_association.errors import CommandFailed
from campaign_association.server import (
    cluster,
    passwords,
    place,
    postmaster,
    programs,
)
from campaign_association.server.account import account_for
from campaign_association.server.failures import plain_failures
from campaign_association.settings import PROJECT_DIR

HOST = "127.0.0.1"
FOLDER_VARIABLE = "CAMPAIGN_ASSOCIATION_SERVER_DIR"
LOCK_SECONDS = 120
PORT_ATTEMPTS = 3


@dataclass(frozen=True)
class Server:
    """A running embedded server.

    ``params`` and ``bi_params`` are psycopg's connection parameters of the owner and
    of the read-only BI user; they hold passwords and stay out of the repr.
    """

    params: dict[str, Any] = field(repr=False)
    bi_params: dict[str, Any] = field(repr=False)
    folder: Path
    pid: int

    @property
    def password_file(self) -> Path:
        """The passwords of both users, in a form libpq reads (``PGPASSFILE``)."""
        return self.folder / place.PASSWORD_FILE

    @property
    def log(self) -> Path:
        """The server's log since its last start."""
        return self.folder / place.LOG_FILE


def start(folder: Path | None = None) -> Server:
    """Start the server of ``folder``, or reuse it where it runs already.

    Safe to call from several processes at once. Returns once a connection works;
    raises :class:`CommandFailed` with the reason where none does.
    """
    folder = _folder(folder)
    with plain_failures(folder):
        place.make_folder(folder)
        with _lock(folder):
            data = place.recorded_data(folder)
            if data is None or postmaster.find(data) is None:
                data = _launch(folder)
            elif not postmaster.becomes_ready(data):
                raise postmaster.failure(folder / place.LOG_FILE)
            server = _describe(folder, data)
            _check_connection(server)
            return server


def stop(folder: Path | None = None) -> bool:
    """Shut the server of ``folder`` down; return whether it was running."""
    folder = _folder(folder)
    with plain_failures(folder):
        if not folder.is_dir():
            return False
        with _lock(folder):
            data = place.recorded_data(folder)
            return data is not None and postmaster.stop(data)


def status(folder: Path | None = None) -> Server | None:
    """Return the running server of ``folder``, or None where none runs."""
    folder = _folder(folder)
    with plain_failures(folder):
        data = place.recorded_data(folder)
        if data is None or postmaster.find(data) is None:
            return None
        return _describe(folder, data)


def _folder(folder: Path | None) -> Path:
    chosen = folder or os.environ.get(FOLDER_VARIABLE) or PROJECT_DIR / ".postgres"
    return Path(chosen).expanduser().resolve()


@contextmanager
def _lock(folder: Path) -> Iterator[None]:
    try:
        with FileLock(folder / "lock", timeout=LOCK_SECONDS, mode=0o600):
            yield
    except Timeout as error:
        raise CommandFailed(
            f"Another command has been starting or stopping the server in {folder} "
            f"for {LOCK_SECONDS} seconds. Wait for it or end it, then try again."
        ) from error


def _launch(folder: Path) -> Path:
    """Start PostgreSQL, making its data first where there are none; return them."""
    account = account_for(place.recorded_data(folder))
    data = place.settle_data(folder, account)
    log, password_file = folder / place.LOG_FILE, folder / place.PASSWORD_FILE
    binaries = programs.find(data.parent, account)
    known = cluster.prepare(data, password_file, binaries, account)
    for _ in range(PORT_ATTEMPTS):
        port = place.choose_port(folder)
        place.remember(folder, data, port)
        passwords.write(password_file, known, HOST, port)
        process = postmaster.launch(data, log, port, binaries, account)
        if postmaster.becomes_ready(data, process):
            return data
        if place.port_is_free(port):
            break
    raise postmaster.failure(log)


def _describe(folder: Path, data: Path) -> Server:
    found = postmaster.find(data)
    known = passwords.read(folder / place.PASSWORD_FILE, cluster.USERS)
    if found is None or known is None:
        raise CommandFailed(
            f"{folder / place.PASSWORD_FILE} does not hold the server's passwords. "
            "Run `campaign-association server stop`, then start: new ones are made."
        )
    owner, reader = (
        {
            "host": HOST,
            "port": found.port,
            "user": user,
            "password": known[user],
            "dbname": cluster.DATABASE,
        }
        for user in (cluster.OWNER, cluster.READER)
    )
    return Server(params=owner, bi_params=reader, folder=folder, pid=found.pid)


def _check_connection(server: Server) -> None:
    try:
        psycopg.connect(**server.params, connect_timeout=10).close()
    except psycopg.OperationalError as error:
        raise CommandFailed(
            f"The embedded server runs, but no connection works: {error}\n"
            f"See {server.log}. If passwords do not fit, remove "
            f"{server.password_file}, stop the server and start it: new ones are made."
        ) from error
