"""Where the embedded server's files are, and what is remembered between starts."""

import hashlib
import json
import os
import random
import shutil
import socket
from pathlib import Path

from campaign_association.errors import CommandFailed
from campaign_association.server.account import Account

STATE_FILE = "server.json"
PASSWORD_FILE = "pgpass"
LOG_FILE = "server.log"
# for data that PostgreSQL's account could not reach in the server's folder
SHARED_FOLDER = Path("/var/lib/campaign-association")
# below the ports that operating systems hand out to outgoing connections
PORTS = range(20_000, 32_000)


def make_folder(folder: Path) -> None:
    """Make the server's folder where it is missing; never change an existing one."""
    if folder.is_dir():
        return
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.mkdir(exist_ok=True)
    # root's PostgreSQL runs as another user, who has to pass through to its data
    folder.chmod(0o711 if os.geteuid() == 0 else 0o700)


def recorded_data(folder: Path) -> Path | None:
    """Return the place of the data of an earlier start, None where there was none."""
    state = _read_state(folder)
    if state is None:
        return None
    data = folder / state["data"]
    original = Path(state["folder"])
    inside = data.parent == folder
    if not inside and original != folder and (original / STATE_FILE).exists():
        # the folder is a copy, and its data outside still serve the original
        return None
    return data


def settle_data(folder: Path, account: Account) -> Path:
    """Return where the data belong, moving them where ``account`` cannot reach them."""
    data = recorded_data(folder)
    if data and data.parent != folder:
        return data
    if account.can_enter(folder):
        return folder / "data"
    home = SHARED_FOLDER / f"{folder.parent.name}-{_digest(folder)}"
    for made in (SHARED_FOLDER, home):
        if not made.is_dir():
            made.mkdir(parents=True)
            made.chmod(0o755)
    if data and data.is_dir() and not (home / "data").exists():
        shutil.rmtree(home / "moved", ignore_errors=True)
        shutil.move(data, home / "moved")
        (home / "moved").rename(home / "data")
    return home / "data"


def choose_port(folder: Path) -> int:
    """Return the port of the last start if it is still free, else a free one."""
    state = _read_state(folder)
    if state and port_is_free(state["port"]):
        return state["port"]
    for port in random.sample(PORTS, 100):
        if port_is_free(port):
            return port
    raise CommandFailed(
        f"Found no free TCP port between {PORTS.start} and {PORTS.stop} on 127.0.0.1."
    )


def port_is_free(port: int) -> bool:
    """Tell whether nobody listens on this TCP port of 127.0.0.1."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def remember(folder: Path, data: Path, port: int) -> None:
    """Record port and place of the data for the next start."""
    inside = data.parent == folder
    state = {
        "port": port,
        "data": data.name if inside else str(data),
        "folder": str(folder),
    }
    write_private(folder / STATE_FILE, json.dumps(state, indent=2) + "\n")


def write_private(path: Path, text: str) -> None:
    """Write a file that its owner alone may read, whole or not at all."""
    unfinished = path.with_name(f"{path.name}.unfinished")
    unfinished.unlink(missing_ok=True)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
    with open(os.open(unfinished, flags, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)


def _read_state(folder: Path) -> dict[str, object] | None:
    path = folder / STATE_FILE
    try:
        state = json.loads(path.read_text(encoding="utf-8"))
        return {
            "port": int(state["port"]),
            "data": str(state["data"]),
            "folder": str(state["folder"]),
        }
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError) as error:
        raise CommandFailed(
            f"{path} is damaged. Remove it and start the server again: it finds its "
            "data and takes a new port."
        ) from error


def _digest(folder: Path) -> str:
    return hashlib.sha256(os.fsencode(folder)).hexdigest()[:10]
