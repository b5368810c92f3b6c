"""The generated passwords, kept in a file of libpq's own format (``PGPASSFILE``)."""

import secrets
from pathlib import Path

from campaign_association.server.place import write_private


def generate(users: tuple[str, ...]) -> dict[str, str]:
    """Return a fresh password of 256 random bits for each user."""
    return {user: secrets.token_urlsafe(32) for user in users}


def read(path: Path, users: tuple[str, ...]) -> dict[str, str] | None:
    """Return the users' passwords, None where the file lacks one."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return None
    entries = [line.split(":") for line in lines]
    found = {entry[3]: entry[4] for entry in entries if len(entry) == 5}
    if any(not found.get(user) for user in users):
        return None
    return {user: found[user] for user in users}


def write(path: Path, passwords: dict[str, str], host: str, port: int) -> None:
    """Write the file, mode 0600, for all databases of the server at host and port."""
    lines = (
        f"{host}:{port}:*:{user}:{password}\n" for user, password in passwords.items()
    )
    write_private(path, "".join(lines))
