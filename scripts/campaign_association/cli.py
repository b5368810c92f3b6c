"""The command line: one verb a module, gathered here."""

import click

from campaign_association.backfill.command import backfill_command
from campaign_association.benchmark import benchmark
from campaign_association.demo.command import demo
from campaign_association.explain import explain_command
from campaign_association.ingest.command import ingest
from campaign_association.lock_command import lock_command, unlock_command
from campaign_association.migrate import migrate
from campaign_association.review.command import review
from campaign_association.run import run_command
from campaign_association.server_command import server
from campaign_association.undo import undo_command
from campaign_association.write_back import write_back_command


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="campaign-association")
def main() -> None:
    """Link volunteering activities to the campaigns that paid for them."""


for command in (
    demo,
    run_command,
    review,
    explain_command,
    lock_command,
    unlock_command,
    migrate,
    write_back_command,
    undo_command,
    ingest,
    backfill_command,
    benchmark,
    server,
):
    main.add_command(command)
