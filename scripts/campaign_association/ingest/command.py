"""The command line of ``ingest``."""

import json
from dataclasses import asdict
from datetime import timedelta

import click

from campaign_association.ingest.install import (
    PATIENCE,
    Installation,
    install,
    switch,
    uninstall,
)
from campaign_association.ingest.status import IngestStatus, read_status
from campaign_association.options import connection_options, json_option
from campaign_association.output import count, make_console, make_table
from campaign_association.progress import waiting
from campaign_association.target import Target

NAMES = {"session": "sessions", "match": "matches", "completion": "completions"}
COUNTS = ("activities", "auto", "review", "unmatched", "instance_busy")

lock_wait_option = click.option(
    "--lock-wait",
    type=click.FloatRange(min=0),
    default=PATIENCE,
    show_default=True,
    metavar="SECONDS",
    help="How long to try for locks on busy tables.",
)


@click.group()
def ingest() -> None:
    """Associate activities as they are written, by triggers."""


@ingest.command("install")
@connection_options
@lock_wait_option
@json_option
def install_command(target: Target, lock_wait: float, as_json: bool) -> None:
    """Put the triggers on the platform's tables, or bring them up to date."""
    with waiting("Installing the triggers", shown=not as_json):
        found = install(target, lock_wait)
    state = "enabled" if found.is_enabled else "disabled: `ingest enable` starts them"
    _say(
        found,
        as_json,
        f"The triggers are installed and {state}. What they set is logged as run "
        f"{found.run_id}; the next run associates the rest.",
    )


@ingest.command("uninstall")
@connection_options
@lock_wait_option
@json_option
def uninstall_command(target: Target, lock_wait: float, as_json: bool) -> None:
    """Take the triggers away; what they set stays."""
    found = uninstall(target, lock_wait)
    _say(
        found,
        as_json,
        f"The triggers are gone. What they set stays; `undo {found.run_id}` takes it "
        "back."
        if found
        else "nothing to do",
    )


@ingest.command("enable")
@connection_options
@json_option
def enable_command(target: Target, as_json: bool) -> None:
    """Let the triggers work, at once."""
    _say(switch(target, enabled=True), as_json, "The triggers work.")


@ingest.command("disable")
@connection_options
@json_option
def disable_command(target: Target, as_json: bool) -> None:
    """Let the triggers rest, at once: activities are left to the next run."""
    _say(switch(target, enabled=False), as_json, "The triggers rest.")


@ingest.command("status")
@connection_options
@json_option
def status_command(target: Target, as_json: bool) -> None:
    """Show what became of the activities of the last hour and day."""
    status = read_status(target)
    if as_json:
        click.echo(json.dumps(asdict(status)))
    else:
        _show(status)


def _say(found: Installation | None, as_json: bool, text: str) -> None:
    if as_json:
        click.echo(json.dumps({"installation": asdict(found) if found else None}))
    else:
        make_console().print(text)


def _show(status: IngestStatus) -> None:
    console = make_console()
    found = status.installation
    if found is None:
        console.print("The triggers are not installed.")
    else:
        state = "enabled" if found.is_enabled else "disabled"
        console.print(f"The triggers are installed and {state}, run {found.run_id}.")
        missing = [
            NAMES[row["activity_type"]]
            for row in status.tables
            if row["period"] == "hour" and not row["has_triggers"]
        ]
        if missing:
            console.print(
                f"[red]Triggers on {', '.join(missing)} are missing or disabled.[/] "
                "Run campaign-association ingest install."
            )
    for period in ("hour", "day"):
        table = make_table(
            f"The last {period}", "",
            "written", "auto", "share", "review", "unmatched", "busy", "failed", "lag",
        )  # fmt: skip
        for row in status.tables:
            if row["period"] == period:
                cells = [count(row[name]) for name in COUNTS]
                share = row["auto_share"]
                cells.insert(2, "-" if share is None else f"{share:.1%}")
                table.add_row(
                    NAMES[row["activity_type"]], *cells,
                    _failures(row["failures"]), _lag(row["longest_lag_seconds"]),
                )  # fmt: skip
        console.print(table)


def _failures(failures: dict[str, int]) -> str:
    return ", ".join(f"{number} of {code}" for code, number in failures.items()) or "-"


def _lag(seconds: float | None) -> str:
    return "-" if seconds is None else str(timedelta(seconds=round(seconds)))
