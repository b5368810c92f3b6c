"""Put the triggers in place, take them away, switch them, keep their rules fresh."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeVar

import psycopg
from tenacity import (
    Retrying,
    retry_if_exception_type,
    stop_after_delay,
    wait_random,
)

from campaign_association.errors import CommandFailed
from campaign_association.gates import relation_exists, require_ops
from campaign_association.ingest.functions import (
    FUNCTIONS,
    compile_ingest,
    drop_functions,
    replace_functions,
)
from campaign_association.ingest.role import drop_role, make_role
from campaign_association.migrate import require_migrations
from campaign_association.target import Target
from campaign_association.write_runs import close_run, server_errors, start_run
from campaign_association.writer_lock import open_writer

Result = TypeVar("Result")

LOCK_TIMEOUT = "2s"
PATIENCE = 60.0


@dataclass(frozen=True)
class Installation:
    """The triggers that are installed; ``run_id`` is the run that they log under."""

    is_enabled: bool
    run_id: int
    functions_hash: str


def install(target: Target, patience: float = PATIENCE) -> Installation:
    """Install the triggers, or bring installed ones up to date.

    Waits for locks on the three tables, but for ``patience`` seconds in all and never
    so long that other writers would wait for it. Raises :class:`CommandFailed` before
    the first run and where the database role may not do it.
    """
    with open_writer(target) as connection:
        require_migrations(connection, target)
        if not relation_exists(
            connection, target.internal_schema, "int_scoring_points"
        ):
            raise CommandFailed(
                "The triggers go by the points of the last run, and there was none. "
                "Run `campaign-association run` first."
            )
        ingest = compile_ingest(target)

        def put_in_place() -> Installation:
            make_role(connection)
            connection.execute(ingest.grants.encode())
            replace_functions(connection, ingest)
            connection.execute(ingest.triggers.encode())
            _note_decided_people(connection)
            found = read_installation(connection)
            if found is None:
                run_id = start_run(connection, "ingest")
                found = Installation(True, run_id, ingest.functions_hash)
            _keep_state(connection, found.run_id, ingest.functions_hash)
            return replace(found, functions_hash=ingest.functions_hash)

        return _in_short_transactions(connection, put_in_place, patience)


def uninstall(target: Target, patience: float = PATIENCE) -> Installation | None:
    """Take the triggers away and close their run; None where there were none.

    What they wrote stays, and ``undo`` can still take it back. Waits as
    :func:`install` does.
    """
    with open_writer(target) as connection:
        with server_errors():
            require_ops(connection)

        def take_away() -> Installation | None:
            found = read_installation(connection)
            drop_functions(connection)
            if found:
                connection.execute("delete from association_ops.ingest_state")
                connection.execute(
                    """
                    update association_ops.write_back_runs
                    set rows_written = (
                        select count(*) from association_ops.write_back_log
                        where run_id = %(run_id)s
                    )
                    where run_id = %(run_id)s
                    """,
                    {"run_id": found.run_id},
                )
                close_run(connection, found.run_id, "done")
            drop_role(connection)
            return found

        return _in_short_transactions(connection, take_away, patience)


def switch(target: Target, *, enabled: bool) -> Installation:
    """Let the triggers work or rest, at once and without a lock on any table.

    Raises :class:`CommandFailed` where they are not installed.
    """
    with target.connect(autocommit=True) as connection, server_errors():
        require_ops(connection)
        found = read_installation(connection)
        if found is None:
            raise CommandFailed(
                "The triggers are not installed. Run `campaign-association ingest "
                "install` first."
            )
        connection.execute(
            "update association_ops.ingest_state set is_enabled = %s", [enabled]
        )
        return replace(found, is_enabled=enabled)


def refresh(target: Target, connection: psycopg.Connection) -> str | None:
    """Bring installed functions up to date with the rules of the build just made.

    Tables are not locked for it. Returns why they could not be, if so: the old rules
    stay in force then, and runs correct what they set.
    """
    try:
        found = read_installation(connection)
        if found is None:
            return None
        _forget_old_events(connection)
        _note_decided_people(connection)
        ingest = compile_ingest(target)
        if ingest.functions_hash == found.functions_hash:
            return None
        with connection.transaction():
            # functions of another version may read what those before did not
            connection.execute(ingest.grants.encode())
            replace_functions(connection, ingest)
            _keep_state(connection, found.run_id, ingest.functions_hash)
    except psycopg.errors.InsufficientPrivilege:
        return (
            "The ingestion triggers still work by the rules of before: this database "
            "role may not change them. Run `campaign-association ingest install` as "
            "the one who installed them."
        )
    return None


def read_installation(connection: psycopg.Connection) -> Installation | None:
    """Return what is installed, or None; also where a table of ours is missing."""
    there = connection.execute(
        "select to_regclass('association_ops.ingest_state') is not null"
        " and to_regproc(%s) is not null",
        [f"association_ops.{FUNCTIONS[0]}"],
    ).fetchone()
    if not (there and there[0]):
        return None
    row = connection.execute(
        "select is_enabled, run_id, functions_hash from association_ops.ingest_state"
    ).fetchone()
    return Installation(*row) if row else None


def _forget_old_events(connection: psycopg.Connection) -> None:
    """Delete what `ingest status` asks for no more."""
    connection.execute(
        "delete from association_ops.ingest_left_open"
        " where left_at < now() - interval '2 days'"
    )


def _note_decided_people(connection: psycopg.Connection) -> None:
    """Bring in whose activities they are today about which people decided."""
    connection.execute("select association_ops.note_decided_people(0)")


def _keep_state(
    connection: psycopg.Connection, run_id: int, functions_hash: str
) -> None:
    connection.execute(
        """
        insert into association_ops.ingest_state (is_enabled, run_id, functions_hash)
        values (true, %s, %s)
        on conflict (is_only) do update
        set functions_hash = excluded.functions_hash, refreshed_at = clock_timestamp()
        """,
        [run_id, functions_hash],
    )


def _in_short_transactions(
    connection: psycopg.Connection, work: Callable[[], Result], patience: float
) -> Result:
    """Do the work in one transaction; again while others hold the locks it needs."""
    attempts = Retrying(
        retry=retry_if_exception_type(
            (psycopg.errors.LockNotAvailable, psycopg.errors.DeadlockDetected)
        ),
        stop=stop_after_delay(patience),
        wait=wait_random(0.2, 1.0),
        reraise=True,
    )

    def once() -> Result:
        with connection.transaction():
            connection.execute(
                "select set_config('lock_timeout', %s, true)", [LOCK_TIMEOUT]
            )
            return work()

    try:
        with server_errors():
            return attempts(once)
    except CommandFailed as error:
        if isinstance(error.__cause__, psycopg.errors.LockNotAvailable):
            raise CommandFailed(
                "Other transactions kept the locks that are needed on the tables of "
                "activities. Nothing was changed: run it again when they are done."
            ) from error
        raise
