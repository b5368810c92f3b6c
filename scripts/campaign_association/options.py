"""Options that every verb shares."""

import functools
from collections.abc import Callable
from typing import Any

import click

from campaign_association.settings import read_vars
from campaign_association.target import find_target
from campaign_association.write_batches import DEFAULT_BATCH_SIZE


def connection_options(
    command: Callable[..., Any], *, takes_spark: bool = False
) -> Callable[..., Any]:
    """Give a command the connection options; it receives the resolved ``target``.

    A target on Apache Spark is refused, unless the command ``takes_spark``.
    """

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
        target = find_target(
            profiles_dir, profile, target_name, overrides, takes_spark=takes_spark
        )
        return command(target=target, **options)

    return wrapper


DAY = click.DateTime(formats=["%Y-%m-%d"])
json_option = click.option(
    "--json", "as_json", is_flag=True, help="Print one JSON object, for programs."
)
batch_size_option = click.option(
    "--batch-size",
    type=click.IntRange(min=1),
    default=DEFAULT_BATCH_SIZE,
    show_default=True,
    help="Rows a transaction of the write-back.",
)
dry_run_option = click.option(
    "--dry-run", is_flag=True, help="Show the differences, write nothing."
)
show_option = click.option(
    "--show",
    type=click.IntRange(min=0),
    default=20,
    show_default=True,
    help="Differences that --dry-run shows.",
)
large_change_option = click.option(
    "--allow-large-change",
    is_flag=True,
    help="Write even where much of what was written earlier would change.",
)
