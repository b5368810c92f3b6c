"""The database cluster: made once, in full or not at all, with its users.

Users and rights are set in PostgreSQL's single-user mode, before anything listens:
passwords travel through a pipe, never on a command line or through a log.
"""

import shutil
import tempfile
from pathlib import Path

from psycopg import sql

from campaign_association.errors import CommandFailed
from campaign_association.server import passwords, programs
from campaign_association.server.account import Account

DATABASE = "campaign_association"
OWNER = "postgres"
READER = "bi_reader"
USERS = (OWNER, READER)
UNFINISHED = "data.unfinished-"

INITDB_OPTIONS = (
    f"--username={OWNER}",
    "--encoding=UTF8",
    "--locale=C",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--auth=reject",
    "--no-instructions",
)
ACCESS_RULES = """\
# Written by campaign-association: passwords, from this machine, and nothing else.
host  all  all  127.0.0.1/32  scram-sha-256
"""
SERVER_RIGHTS = (
    f"create role {READER} login",
    f"alter role {READER} set default_transaction_read_only = on",
    "revoke all on database postgres, template1 from public",
    f"create database {DATABASE}",
    f"revoke all on database {DATABASE} from public",
    f"grant connect on database {DATABASE} to {READER}",
)
# what the reader may read, dbt grants when it builds it (macros/runs/grant_access.sql)
DATABASE_RIGHTS = ("revoke all on schema public from public",)


def prepare(
    data: Path, password_file: Path, binaries: Path, account: Account
) -> dict[str, str]:
    """Make the cluster where there is none, check it where there is one.

    Returns the password of each user. Lost passwords are replaced by new ones. No
    server may run on ``data``.
    """
    if not data.exists():
        return _make(data, binaries, account)
    _check_version(data, programs.major_version(binaries))
    # a copy may have lost the owner and the permissions that PostgreSQL insists on
    account.own(data)
    data.chmod(0o700)
    known = passwords.read(password_file, USERS)
    return known or _set_passwords(data, binaries, account)


def _make(data: Path, binaries: Path, account: Account) -> dict[str, str]:
    for abandoned in data.parent.glob(f"{UNFINISHED}*"):
        shutil.rmtree(abandoned, ignore_errors=True)
    # a new name each time: the initdb of a killed start may still be at work
    unfinished = Path(tempfile.mkdtemp(prefix=UNFINISHED, dir=data.parent))
    try:
        account.own(unfinished)
        initdb = [binaries / "initdb", *INITDB_OPTIONS, f"--pgdata={unfinished}"]
        programs.run(account, initdb)
        (unfinished / "pg_hba.conf").write_text(ACCESS_RULES, encoding="utf-8")
        _execute(unfinished, "postgres", SERVER_RIGHTS, binaries, account)
        _execute(unfinished, DATABASE, DATABASE_RIGHTS, binaries, account)
        known = _set_passwords(unfinished, binaries, account)
        unfinished.rename(data)
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise
    return known


def _set_passwords(data: Path, binaries: Path, account: Account) -> dict[str, str]:
    known = passwords.generate(USERS)
    statements = (
        sql.SQL("alter role {} password {}")
        .format(sql.Identifier(user), sql.Literal(password))
        .as_string()
        for user, password in known.items()
    )
    _execute(data, "postgres", tuple(statements), binaries, account)
    return known


def _execute(
    data: Path,
    database: str,
    statements: tuple[str, ...],
    binaries: Path,
    account: Account,
) -> None:
    # -j: a statement ends with a semicolon and an empty line. A failed statement is
    # not logged: it may hold a password.
    options = ("-c", "exit_on_error=on", "-c", "log_min_error_statement=panic")
    programs.run(
        account,
        [binaries / "postgres", "--single", "-j", *options, "-D", data, database],
        "".join(f"{statement};\n\n" for statement in statements),
    )


def _check_version(data: Path, ours: int) -> None:
    marker = data / "PG_VERSION"
    theirs = marker.read_text().strip() if marker.is_file() else "an unknown version"
    if theirs != str(ours):
        raise CommandFailed(
            f"The data in {data} are of PostgreSQL {theirs}; this program brings "
            f"PostgreSQL {ours}. Move that folder away to start afresh, or bring the "
            "data over with pg_upgrade or with a dump made by the older programs."
        )
