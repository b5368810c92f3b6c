"""Serve the page: Streamlit behind the gate, in this process."""

import os
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from campaign_association.errors import CommandFailed, WrongUsage
from campaign_association.review_page.access import Access
from campaign_association.review_page.site import Site, open_site
from campaign_association.review_page.source import Source
from campaign_association.target import Target

APP = Path(__file__).with_name("app.py")
# before Streamlit is imported: it reads its settings then, and files of the user's
# come after the environment
SETTINGS = {
    "STREAMLIT_BROWSER_GATHER_USAGE_STATS": "false",
    "STREAMLIT_CLIENT_TOOLBAR_MODE": "viewer",
    "STREAMLIT_CLIENT_SHOW_ERROR_DETAILS": "none",
    "STREAMLIT_CLIENT_SHOW_SIDEBAR_NAVIGATION": "true",
    "STREAMLIT_GLOBAL_DEVELOPMENT_MODE": "false",
    "STREAMLIT_LOGGER_LEVEL": "error",
    "STREAMLIT_SERVER_ENABLE_CORS": "true",
    "STREAMLIT_SERVER_ENABLE_XSRF_PROTECTION": "true",
    "STREAMLIT_SERVER_ENABLE_STATIC_SERVING": "false",
    "STREAMLIT_SERVER_FILE_WATCHER_TYPE": "none",
    "STREAMLIT_SERVER_HEADLESS": "true",
    "STREAMLIT_SERVER_MAX_UPLOAD_SIZE": "1",
    "STREAMLIT_SERVER_RUN_ON_SAVE": "false",
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
    os.environ.update(SETTINGS)
    os.environ["STREAMLIT_SERVER_PORT"] = str(port)
    os.environ["STREAMLIT_SERVER_ADDRESS"] = door.address

    # slow to import, and only after its settings are there
    import streamlit
    import uvicorn
    from starlette.middleware import Middleware

    from campaign_association.review_page.gate import Gate

    # browsers share cookies among the ports of a host
    cookie = f"campaign_association_review_{port}"
    site = Site(Source(target), access, cookie)
    open_site(site)
    gate = Middleware(Gate, access=access, cookie=cookie)
    config = uvicorn.Config(
        streamlit.App(APP, middleware=[gate]),
        ssl_certfile=door.certificate,
        ssl_keyfile=door.key,
        # a log of requests would hold the token
        access_log=False,
        log_level="error",
        ws="websockets-sansio",
        server_header=False,
        timeout_graceful_shutdown=2,
    )
    try:
        config.load()
    except (OSError, ssl.SSLError) as error:
        raise WrongUsage(
            f"Certificate {door.certificate} and key {door.key} cannot be used: {error}. "
            "Both have to be PEM, and the key without a password."
        ) from error
    announce(door.url(port, access.token))
    try:
        uvicorn.Server(config).run(sockets=[listening])
    finally:
        site.source.close()
