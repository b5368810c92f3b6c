"""``campaign-association server``: the embedded PostgreSQL, by hand."""

import json
import os
import shlex
import sys
from pathlib import Path

import click
from rich.console import Console

from campaign_association import server as embedded
from campaign_association.errors import WrongUsage
from campaign_association.options import json_option
from campaign_association.server import Server
from campaign_association.target import ENV_PROFILES_DIR, embedded_target


@click.group()
def server() -> None:
    """Start, stop or show the embedded PostgreSQL.

    Its folder is .postgres in the project, or CAMPAIGN_ASSOCIATION_SERVER_DIR. Other
    commands start it by themselves where no other connection is given.
    """


@server.command()
@json_option
def start(as_json: bool) -> None:
    """Start the server, or reuse the running one, and show how to connect."""
    _show(embedded.start(), as_json)


@server.command()
@json_option
def stop(as_json: bool) -> None:
    """Stop the server; its data stay."""
    was_running = embedded.stop()
    if as_json:
        click.echo(json.dumps({"running": False, "was_running": was_running}))
    else:
        state = "has been stopped" if was_running else "was not running"
        click.echo(f"The embedded server {state}.")


@server.command()
@json_option
def status(as_json: bool) -> None:
    """Show whether the server runs and how to connect to it."""
    _show(embedded.status(), as_json)


@server.command("exec", context_settings={"ignore_unknown_options": True})
@click.argument("command", nargs=-1, required=True, type=click.UNPROCESSED)
def execute(command: tuple[str, ...]) -> None:
    """Run COMMAND, such as psql or dbt build, so that it finds the server.

    Starts the server if need be. COMMAND gets the PG* variables, a dbt profile and
    the programs of this virtual environment.
    """
    target = embedded_target({})
    programs = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    os.environ.update(
        target.libpq_environment,
        **target.environment,
        DBT_PROFILES_DIR=str(ENV_PROFILES_DIR),
        PATH=programs,
    )
    try:
        os.execvp(command[0], command)
    except OSError as error:
        raise WrongUsage(f"Cannot run {command[0]}: {error.strerror}.") from error


def _show(running: Server | None, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(_facts(running)))
    elif running is None:
        click.echo(
            "The embedded server is not running. "
            "Start it: campaign-association server start"
        )
    else:
        _print(running)


def _facts(running: Server | None) -> dict[str, object]:
    if running is None:
        return {"running": False}
    return {
        "running": True,
        "host": running.params["host"],
        "port": running.params["port"],
        "database": running.params["dbname"],
        "user": running.params["user"],
        "bi_user": running.bi_params["user"],
        "password_file": str(running.password_file),
        "log": str(running.log),
        "pid": running.pid,
    }


def _print(running: Server) -> None:
    facts = _facts(running)
    psql = (
        f"PGPASSFILE={shlex.quote(str(running.password_file))} psql "
        f"-h {facts['host']} -p {facts['port']} -U {facts['bi_user']} "
        f"-d {facts['database']}"
    )
    console = Console(highlight=False, soft_wrap=True)
    console.print(f"The embedded server is running (process {running.pid}).")
    for label, name in (
        ("Host", "host"),
        ("Port", "port"),
        ("Database", "database"),
        ("Read-only user", "bi_user"),
        ("Owner", "user"),
        ("Passwords in", "password_file"),
        ("Log", "log"),
    ):
        console.print(f"  {label:<15}{facts[name]}", markup=False)
    console.print("Connect with psql; a BI tool takes the same values:")
    console.print(f"  {psql}", markup=False)
