"""The reviewers who may log in: a file of handles with hashes of their passwords."""

import hashlib
import json
import os
import re
import secrets
import tempfile
from dataclasses import dataclass
from pathlib import Path

from campaign_association.errors import WrongUsage
from campaign_association.settings import PROJECT_DIR

ENV_FILE = "CAMPAIGN_ASSOCIATION_REVIEWERS"
# as the check on association_ops.review_decisions has it
HANDLE = re.compile(r"[a-z0-9][a-z0-9._-]{1,62}")
LEAST_PASSWORD = 12
# 64 MB and about 0.2 s a guess
COST = {"n": 2**16, "r": 8, "p": 1, "maxmem": 2**27}


def check_handle(handle: str) -> str:
    """Return a handle that decisions can bear, or raise :class:`WrongUsage`."""
    if not HANDLE.fullmatch(handle):
        raise WrongUsage(
            "The reviewer is not a handle. Use 2 to 63 of a-z, 0-9, '.', '_' and '-', "
            "such as ann.b; the first one a letter or digit."
        )
    return handle


@dataclass(frozen=True)
class Reviewers:
    """The file; only its owner may read it, and it is read anew at every log-in."""

    path: Path

    @classmethod
    def default(cls) -> "Reviewers":
        """Return the file that the environment names, else the project's."""
        return cls(Path(os.environ.get(ENV_FILE) or PROJECT_DIR / ".reviewers.json"))

    def handles(self) -> list[str]:
        """Return who may log in."""
        return sorted(self._read())

    def add(self, handle: str, password: str) -> None:
        """Let a reviewer log in, or give one another password."""
        check_handle(handle)
        if len(password) < LEAST_PASSWORD:
            raise WrongUsage(f"Use a password of {LEAST_PASSWORD} characters or more.")
        salt = secrets.token_bytes(16)
        entry = {"salt": salt.hex(), "scrypt": _hash(password, salt).hex()}
        self._write({**self._read(), handle: entry})

    def remove(self, handle: str) -> None:
        """Let a reviewer log in no more."""
        entries = self._read()
        if handle not in entries:
            raise WrongUsage(f"There is no reviewer {handle!r} in {self.path}.")
        self._write({key: kept for key, kept in entries.items() if key != handle})

    def verify(self, handle: str, password: str) -> bool:
        """Tell whether the password is the reviewer's; as slowly for unknown ones."""
        entry = self._read().get(handle)
        salt = bytes.fromhex(entry["salt"]) if entry else b"nobody"
        found = _hash(password, salt)
        return bool(entry) and secrets.compare_digest(
            found, bytes.fromhex(entry["scrypt"])
        )

    def _read(self) -> dict[str, dict[str, str]]:
        try:
            return json.loads(self.path.read_text())
        except FileNotFoundError:
            return {}
        except (OSError, ValueError) as error:
            raise WrongUsage(
                f"{self.path} cannot be read as the file of reviewers. Remove it and "
                "add them again: `campaign-association review login add HANDLE`."
            ) from error

    def _write(self, entries: dict[str, dict[str, str]]) -> None:
        # mkstemp makes a file that only its owner may read
        handle, name = tempfile.mkstemp(dir=self.path.parent, prefix=".reviewers-")
        with os.fdopen(handle, "w") as file:
            json.dump(entries, file, indent=2)
        Path(name).replace(self.path)


def _hash(password: str, salt: bytes) -> bytes:
    return hashlib.scrypt(password.encode(), salt=salt, **COST)
