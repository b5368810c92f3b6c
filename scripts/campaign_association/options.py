"""Options that every verb shares."""

import functools
from collections.abc import Callable
from typing import Any

import click

from campaign_association.settings import read_vars
from campaign_association.target import find_target


def connection_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the connection options; it receives the resolved ``target``."""

    @click.option(
        "--profiles-dir",
        type=click.Path(file_okay=False),
        help="Folder of dbt's profiles.yml.",
    )
    @click.option("--profile", help="Profile in profiles.yml.")
    @click.option("--target", "target_name", help="Target of that profile.")
    @click.option(
        "--vars",
        "vars_text",
        metavar="YAML",
        help="dbt variables, such as '{as_of_date: 2026-06-30}'.",
    )
    @functools.wraps(command)
    def wrapper(
        profiles_dir: str | None,
        profile: str | None,
        target_name: str | None,
        vars_text: str | None,
        **options: Any,
    ) -> Any:
        overrides = read_vars(vars_text)
        target = find_target(profiles_dir, profile, target_name, overrides)
        return command(target=target, **options)

    return wrapper


json_option = click.option(
    "--json", "as_json", is_flag=True, help="Print one JSON object, for programs."
)
