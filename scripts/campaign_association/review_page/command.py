"""`review` without a sub-command, which opens the page; and who may log in there."""

import getpass
import ipaddress
import re
import socket
from pathlib import Path

import click

from campaign_association.errors import WrongUsage
from campaign_association.options import connection_options
from campaign_association.review.queue import require_queue
from campaign_association.review_page.access import Access
from campaign_association.review_page.reviewers import Reviewers, check_handle
from campaign_association.review_page.serve import Door, serve
from campaign_association.review_page.source import Source
from campaign_association.target import Target

PEM = click.Path(exists=True, dir_okay=False, path_type=Path)
PORT = 8765


@click.command("page")
@connection_options
@click.option("--address", default="127.0.0.1", show_default=True, help="Where to be.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=PORT,
    show_default=True,
    help="Port of the page; 0 takes a free one.",
)
@click.option("--tls-certificate", type=PEM, help="PEM file, with the chain.")
@click.option("--tls-key", type=PEM, help="PEM file of its key.")
@click.option(
    "--reviewer",
    metavar="HANDLE",
    envvar="CAMPAIGN_ASSOCIATION_REVIEWER",
    show_envvar=True,
    help="Who decides, on this machine; default: your user name.",
)
@click.option(
    "--session-hours",
    type=click.FloatRange(min=0, min_open=True),
    default=8.0,
    show_default=True,
    help="When one has to come in anew.",
)
def page_command(
    target: Target,
    address: str,
    port: int,
    tls_certificate: Path | None,
    tls_key: Path | None,
    reviewer: str | None,
    session_hours: float,
) -> None:
    """Open the review page, in a browser; also without a sub-command.

    On this machine the printed link lets you in, until the program ends. At any other
    --address the page needs TLS, and each reviewer a login: `review login add HANDLE`.
    """
    access = _access(address, tls_certificate, tls_key, reviewer)
    access.seconds = session_hours * 60 * 60
    source = Source(target)
    with source.connection() as connection:
        require_queue(connection, target)
    source.close()
    door = Door(
        address,
        port,
        str(tls_certificate) if tls_certificate else None,
        str(tls_key) if tls_key else None,
    )
    serve(target, access, door, _announce)


@click.group("login")
def login() -> None:
    """Who may log in at the review page from elsewhere.

    Handles and hashes of passwords are in .reviewers.json of the project, or in the
    file that CAMPAIGN_ASSOCIATION_REVIEWERS names.
    """


@login.command("add")
@click.argument("handle")
@click.password_option(help="Rather leave it out and be asked.")
def add(handle: str, password: str) -> None:
    """Let HANDLE log in, or change the password."""
    reviewers = Reviewers.default()
    reviewers.add(handle, password)
    click.echo(f"{handle} may log in: {reviewers.path}")


@login.command("remove")
@click.argument("handle")
def remove(handle: str) -> None:
    """Let HANDLE log in no more, once the present session ends."""
    Reviewers.default().remove(handle)
    click.echo(f"{handle} may not log in any more.")


@login.command("list")
def list_command() -> None:
    """Show who may log in."""
    for handle in Reviewers.default().handles():
        click.echo(handle)


def _access(
    address: str, certificate: Path | None, key: Path | None, reviewer: str | None
) -> Access:
    """Return who may come in at an address; raise where that would not be safe."""
    if (certificate is None) != (key is None):
        raise WrongUsage("--tls-certificate and --tls-key go together.")
    if _is_this_machine(address) and certificate is None:
        return Access(reviewer=check_handle(reviewer) if reviewer else _own_handle())
    if certificate is None:
        raise WrongUsage(
            f"At {address} others can reach the page: name --tls-certificate and "
            "--tls-key, and add reviewers with `review login add HANDLE`."
        )
    if reviewer:
        raise WrongUsage(
            "With TLS the reviewer is who logs in: leave out --reviewer, and "
            "CAMPAIGN_ASSOCIATION_REVIEWER."
        )
    reviewers = Reviewers.default()
    if not reviewers.handles():
        raise WrongUsage(
            "Nobody may log in yet: `campaign-association review login add HANDLE`."
        )
    return Access(reviewers=reviewers)


def _is_this_machine(address: str) -> bool:
    """Tell whether every address of a name is reachable from this machine alone."""
    try:
        found = socket.getaddrinfo(address, None)
    except OSError as error:
        raise WrongUsage(
            f"--address {address} is no address: {error.strerror}."
        ) from error
    return all(ipaddress.ip_address(place[4][0]).is_loopback for place in found)


def _own_handle() -> str:
    """Return the name of the user as a handle."""
    handle = re.sub(r"[^a-z0-9._-]", "_", getpass.getuser().lower()).lstrip("._-")
    try:
        return check_handle(handle[:63])
    except WrongUsage as error:
        raise WrongUsage(
            "Say who decides: --reviewer HANDLE, such as ann.b."
        ) from error


def _announce(url: str) -> None:
    click.echo(f"The review page is open at {url}")
    click.echo("Ctrl+C closes it.", err=True)
