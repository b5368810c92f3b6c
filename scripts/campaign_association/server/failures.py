"""Failures of the file system and of PostgreSQL's programs, in plain words."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from campaign_association.errors import CommandFailed

FULL_DISK = (errno.ENOSPC, errno.EDQUOT)


@contextmanager
def plain_failures(folder: Path) -> Iterator[None]:
    """Turn an ``OSError`` inside the block into a :class:`CommandFailed`."""
    try:
        yield
    except OSError as error:
        raise CommandFailed(f"The embedded server: {_explain(error, folder)}") from (
            error
        )


def last_lines(text: str, count: int = 15) -> str:
    """Return the last lines of a log or of a program's output, indented."""
    return "\n".join(f"  {line}" for line in text.strip().splitlines()[-count:])


def _explain(error: OSError, folder: Path) -> str:
    what = f"{error.strerror or error}: {error.filename or folder}."
    if error.errno in FULL_DISK:
        return f"{what} Free some space and start again."
    if isinstance(error, PermissionError):
        return (
            f"{what} The folder {folder} must be writable for the user who runs the "
            f"command (user id {os.geteuid()}): run as its owner, or name another "
            "folder in CAMPAIGN_ASSOCIATION_SERVER_DIR."
        )
    return what
