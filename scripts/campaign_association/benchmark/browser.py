"""A headless browser and the review page in it, for measurements and tests."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from campaign_association.errors import CommandFailed

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
)
PATIENCE = 60


@contextmanager
def chromium() -> Iterator[Any]:
    """Start Chromium and yield it as Playwright's browser.

    Raises :class:`CommandFailed` that says what to install.
    """
    program = shutil.which("chromium")
    if program is None:
        raise CommandFailed(
            "There is no Chromium to open the review page with: install the Debian "
            "package chromium (apt-get install chromium)."
        )
    try:
        from playwright.sync_api import sync_playwright
    except ModuleNotFoundError as error:
        raise CommandFailed(
            "There is no Playwright to open the review page with: `make setup` "
            "installs it."
        ) from error
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=[*FLAGS])
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def review_page(
    arguments: Sequence[str], environment: Mapping[str, str] | None = None
) -> Iterator[str]:
    """Serve the page on a free port and yield the link that lets one in."""
    program = subprocess.Popen(
        [
            *(sys.executable, "-m", "campaign_association", "review", "--port", "0"),
            *arguments,
        ],
        env=dict(os.environ if environment is None else environment),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        said = program.stdout.readline() if program.stdout else ""
        found = re.search(r"https?://\S+", said)
        if found is None:
            program.terminate()
            said += program.communicate(timeout=PATIENCE)[0]
            raise CommandFailed(f"The review page did not open: {said.strip()}")
        yield found[0]
    finally:
        program.terminate()
        program.wait(timeout=PATIENCE)
