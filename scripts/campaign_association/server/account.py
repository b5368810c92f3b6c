"""Whom PostgreSQL runs as: it refuses root, who therefore lends it an account."""

import os
import pwd
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from campaign_association.errors import CommandFailed

ACCOUNTS = ("postgres", "nobody")


@dataclass(frozen=True)
class Account:
    """The operating system's user for PostgreSQL's programs.

    ``lent`` is true where we are root and the programs run as somebody else.
    """

    name: str
    uid: int
    gid: int
    lent: bool

    def options(self) -> dict[str, Any]:
        """Return the options of ``subprocess`` that run a program as this account."""
        options: dict[str, Any] = {"env": _environment(), "cwd": "/"}
        if self.lent:
            options |= {"user": self.uid, "group": self.gid, "extra_groups": []}
        return options

    def run(
        self, arguments: Sequence[str | Path], text: str = ""
    ) -> subprocess.CompletedProcess[str]:
        """Run a program to its end, ``text`` on its stdin, all output in stdout."""
        return subprocess.run(
            arguments,
            input=text,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            check=False,
            **self.options(),
        )

    def can_enter(self, folder: Path) -> bool:
        """Tell whether every folder on the way and ``folder`` itself let it in."""
        test = ("/bin/sh", "-c", 'test -x "$0"', str(folder))
        return not self.lent or self.run(test).returncode == 0

    def own(self, path: Path) -> None:
        """Make the account owner of ``path``, which we made, and all below it."""
        if not self.lent:
            return
        os.chown(path, self.uid, self.gid, follow_symlinks=False)
        for parent, folders, files in os.walk(path):
            for name in folders + files:
                entry = os.path.join(parent, name)
                os.chown(entry, self.uid, self.gid, follow_symlinks=False)


def account_for(data: Path | None) -> Account:
    """Return the account for the cluster in ``data`` (None: there is none yet).

    An ordinary user is their own account. Root lends ``postgres``, else ``nobody``;
    an existing cluster keeps the one of the two that owns it.
    """
    if os.geteuid() != 0:
        return Account("you", os.geteuid(), os.getegid(), lent=False)
    lent = list(_lent_accounts())
    if not lent:
        raise CommandFailed(
            "PostgreSQL does not run as root, and there is neither a user 'postgres' "
            "nor a user 'nobody'. Run the command as an ordinary user."
        )
    owner = data.stat().st_uid if data and data.is_dir() else 0
    if owner == 0:
        # none yet, or a copy that root made
        return lent[0]
    for account in lent:
        if account.uid == owner:
            return account
    raise CommandFailed(
        f"{data} belongs to another user (id {owner}). Run the command as that user, "
        "or name another folder in CAMPAIGN_ASSOCIATION_SERVER_DIR."
    )


def _lent_accounts() -> Any:
    for name in ACCOUNTS:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        yield Account(name, entry.pw_uid, entry.pw_gid, lent=True)


def _environment() -> dict[str, str]:
    """Return our environment without libpq's variables, in the C locale."""
    kept = {name: value for name, value in os.environ.items() if name[:2] != "PG"}
    return {**kept, "LC_ALL": "C"}
