"""Apache Superset with the campaign dashboard, on this machine: `make superset`.

Superset stays outside the product: it gets an environment of its own in ``.superset``
(or SUPERSET_HOME), with the versions of superset-requirements.txt, since its newest
dependencies do not fit it. It reads the public models as ``bi_reader`` of the embedded
server, or as whom the PG* variables name.

    .venv/bin/python scripts/bi/run_superset.py [serve|check]
"""

import hashlib
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from typing import Any

import click
import psycopg
from psycopg import errors, sql

from campaign_association import server
from campaign_association.errors import CommandFailed
from campaign_association.settings import PROJECT_DIR
from campaign_association.target import DEFAULT_SCHEMA, PG_VARIABLES, find_target

HERE = Path(__file__).parent
REQUIREMENTS = HERE / "superset-requirements.txt"
HOME = Path(os.environ.get("SUPERSET_HOME", PROJECT_DIR / ".superset")).resolve()
BIN = HOME / "venv" / "bin"
LOG = HOME / "superset.log"
SCHEMA = os.environ.get("BI_SCHEMA", DEFAULT_SCHEMA)
ADDRESS = "http://127.0.0.1:{port}"
DASHBOARD = f"{ADDRESS}/superset/dashboard/campaigns/"
START_SECONDS = 180


@click.command()
@click.argument("verb", type=click.Choice(["serve", "check"]), default="serve")
@click.option(
    "--port",
    envvar="SUPERSET_PORT",
    type=click.IntRange(1, 65535),
    default=8088,
    show_default=True,
    help="Where Superset listens on 127.0.0.1; SUPERSET_PORT also names it.",
)
def main(verb: str, port: int) -> None:
    """Serve Superset with the campaign dashboard, or check what that shows."""
    # so that Superset ends with us
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    check_port(port)
    environment = environment_of(connection())
    install()
    make_secrets()
    click.echo("Loading the dashboard.")
    run([BIN / "python", HERE / "load_superset.py"], environment, LOG)
    with serving(port, environment) as process:
        dashboard = DASHBOARD.format(port=port)
        if verb == "check":
            run([BIN / "python", HERE / "check_superset.py", dashboard], environment)
            return
        click.echo(f"{dashboard}\nUser admin, password in {HOME / 'admin-password'}.")
        click.echo("Ctrl-C stops it.")
        with suppress(KeyboardInterrupt):
            process.wait()


def install() -> None:
    """Make the environment, again where the pinned versions have changed."""
    mark = HOME / "installed"
    wanted = hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()
    if mark.exists() and mark.read_text(encoding="utf-8") == wanted:
        return
    click.echo(f"Installing Superset in {HOME}: some minutes, about 1 GB.")
    HOME.mkdir(mode=0o700, exist_ok=True)
    run([sys.executable, "-m", "venv", HOME / "venv"])
    run([BIN / "pip", "install", "--quiet", "--requirement", REQUIREMENTS])
    mark.write_text(wanted, encoding="utf-8")


def make_secrets() -> None:
    """Make the key of sessions and the password, once; only their user reads them."""
    for name in ("secret-key", "admin-password"):
        if not (HOME / name).exists():
            (HOME / name).touch(mode=0o600)
            (HOME / name).write_text(secrets.token_urlsafe(32), encoding="utf-8")


def check_port(port: int) -> None:
    """Raise :class:`CommandFailed` where somebody else listens on our port."""
    with socket.socket() as probe:
        if probe.connect_ex(("127.0.0.1", port)) == 0:
            raise CommandFailed(
                f"Port {port} is in use, perhaps by a Superset that runs already. "
                "Stop it, or name another port in SUPERSET_PORT."
            )


def connection() -> dict[str, str]:
    """Return libpq's variables of the place to read, no password among them."""
    if any(os.environ.get(name) for name in PG_VARIABLES):
        check_models(find_target(None, None, None, {}).params)
        return {}
    running = server.start()
    params = running.bi_params
    check_models(params)
    return {
        "PGHOST": params["host"],
        "PGPORT": str(params["port"]),
        "PGUSER": params["user"],
        "PGDATABASE": params["dbname"],
        "PGPASSFILE": str(running.password_file),
    }


def check_models(params: Mapping[str, Any]) -> None:
    """Raise :class:`CommandFailed` where there is nothing to show, or no right to."""
    model = sql.Identifier(SCHEMA, "campaign_metrics")
    try:
        with psycopg.connect(**params) as connected:
            connected.execute(sql.SQL("select from {} limit 0").format(model))
    except (errors.UndefinedTable, errors.InsufficientPrivilege) as error:
        raise CommandFailed(
            f"{params['user']} cannot read {SCHEMA}.campaign_metrics. Run "
            "`campaign-association run` first, grant bi_reader to that login, or name "
            "another schema in BI_SCHEMA."
        ) from error


def environment_of(variables: dict[str, str]) -> dict[str, str]:
    """Return what Superset's processes see. libpq finds the password by itself."""
    return {
        **os.environ,
        **variables,
        "BI_SCHEMA": SCHEMA,
        "FLASK_APP": "superset.app:create_app()",
        "SCARF_ANALYTICS": "false",
        "SUPERSET_CONFIG_PATH": str(HERE / "superset_config.py"),
        "SUPERSET_HOME": str(HOME),
    }


@contextmanager
def serving(
    port: int, environment: dict[str, str]
) -> Iterator[subprocess.Popen[bytes]]:
    """Serve Superset on 127.0.0.1 while the block lasts."""
    command = [
        BIN / "gunicorn", "--bind", f"127.0.0.1:{port}", "--workers", "1",
        "--threads", "8", "--timeout", "120", environment["FLASK_APP"],
    ]  # fmt: skip
    with LOG.open("ab") as output:
        process = subprocess.Popen(
            command, env=environment, stdout=output, stderr=subprocess.STDOUT
        )
    try:
        wait_for(process, port)
        yield process
    finally:
        process.terminate()
        process.wait()


def wait_for(process: subprocess.Popen[bytes], port: int) -> None:
    """Wait until Superset answers; :class:`CommandFailed` where it does not."""
    health = f"{ADDRESS.format(port=port)}/health"
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and process.poll() is None:
        try:
            with urllib.request.urlopen(health, timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(1)
    raise CommandFailed(f"Superset does not answer on port {port}. See {LOG}.")


def run(
    command: list[object],
    environment: dict[str, str] | None = None,
    log: Path | None = None,
) -> None:
    """Run a program to its end; :class:`CommandFailed` where it fails."""
    with log.open("wb") if log else nullcontext() as output:
        done = subprocess.run(
            [str(word) for word in command],
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT if log else None,
            check=False,
        )
    if done.returncode:
        hint = f" See {log}." if log else ""
        raise CommandFailed(f"{Path(str(command[1])).name} failed.{hint}")


if __name__ == "__main__":
    main()
