"""Serve the page: Streamlit behind the gate, in this process."""

import logging
import socket
import ssl
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from campaign_association.errors import CommandFailed, WrongUsage
from campaign_association.review_page.access import Access
from campaign_association.review_page.site import Site, open_site
from campaign_association.review_page.source import Source
from campaign_association.target import Target

APP = Path(__file__).with_name("app.py")
# they win over files of the user's; Streamlit reads its environment variables only when
# it is run by its own command
SETTINGS = {
    "browser.gatherUsageStats": False,
    "client.showErrorDetails": "none",
    "client.showErrorLinks": False,
    "client.toolbarMode": "viewer",
    "logger.level": "error",
    "server.enableCORS": True,
    "server.enableXsrfProtection": True,
    "server.fileWatcherType": "none",
    "server.headless": True,
    "server.maxUploadSize": 1,
    "server.runOnSave": False,
    "theme.base": "light",
    "theme.primaryColor": "#1d4ed8",
}


@dataclass(frozen=True)
class Door:
    """Where the page is to be found; with a certificate and its key, by HTTPS."""

    address: str
    port: int
    certificate: str | None = None
    key: str | None = None

    def url(self, port: int, token: str | None) -> str:
        """Return what a person opens."""
        scheme = "https" if self.certificate else "http"
        host = f"[{self.address}]" if ":" in self.address else self.address
        return f"{scheme}://{host}:{port}/" + (f"?token={token}" if token else "")

    def listen(self) -> socket.socket:
        """Open the port, or say why it cannot be opened."""
        try:
            family = socket.getaddrinfo(
                self.address, self.port, type=socket.SOCK_STREAM
            )
            opened = socket.socket(family[0][0])
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            opened.bind((self.address, self.port))
            # from here on nobody is turned away, though it takes a second to answer
            opened.listen()
        except OSError as error:
            raise CommandFailed(
                f"Cannot listen on {self.address} port {self.port}: {error.strerror}. "
                "Choose another one with --port, 0 for any that is free."
            ) from error
        return opened


def serve(
    target: Target, access: Access, door: Door, announce: Callable[[str], None]
) -> None:
    """Serve until interrupted; ``announce`` is called with the URL once it is open."""
    listening = door.listen()
    port = listening.getsockname()[1]

    # slow to import
    import streamlit
    import uvicorn
    from starlette.middleware import Middleware
    from streamlit.config import get_config_options
    from streamlit.runtime.pages_manager import PagesManager

    from campaign_association.review_page.gate import Gate

    # until app.py has run once, Streamlit takes a folder "pages" beside it for scripts
    # to run by themselves, and a link to one of ours would show nothing
    PagesManager.uses_pages_directory = False
    place = {"server.port": port, "server.address": door.address}
    get_config_options(force_reparse=True, options_from_flags=SETTINGS | place)
    # browsers share cookies among the ports of a host
    cookie = f"campaign_association_review_{port}"
    site = Site(Source(target), access, cookie)
    open_site(site)
    gate = Middleware(Gate, access=access, cookie=cookie)
    config = uvicorn.Config(
        streamlit.App(APP, middleware=[gate], on_script_error=_tell),
        ssl_certfile=door.certificate,
        ssl_keyfile=door.key,
        log_config=None,
        ws="websockets-sansio",
        server_header=False,
        timeout_graceful_shutdown=2,
    )
    try:
        config.load()
    except (OSError, ssl.SSLError) as error:
        raise WrongUsage(
            f"Certificate {door.certificate} and key {door.key} cannot be used: "
            f"{error}. Both have to be PEM, and the key without a password."
        ) from error
    # its lines would hold the token; Streamlit turns it on whatever uvicorn is told
    logging.getLogger("uvicorn.access").disabled = True
    announce(door.url(port, access.token))
    try:
        uvicorn.Server(config).run(sockets=[listening])
    finally:
        site.source.close()


def _tell(error: Exception) -> bool:
    """Say in the page that it failed, and where on standard error.

    Not what the error says: that may hold values of rows.
    """
    import streamlit

    sys.stderr.write(f"The page failed with {type(error).__name__} at:\n")
    traceback.print_tb(error.__traceback__)
    streamlit.error(
        "This page failed. What `campaign-association review` prints on standard error "
        "tells where; please report it."
    )
    return True
