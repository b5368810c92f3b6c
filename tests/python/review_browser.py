"""The review page in a browser: opened, looked at, checked for what keeps people out.

Pictures go to the folder that CAMPAIGN_ASSOCIATION_SCREENSHOTS names, else to the
test's own. axe-core (folder axe) looks for what keeps people out.
"""

import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from platforms import PRIVATE

AXE = (Path(__file__).parent / "axe" / "axe.min.js").read_text()
WIDTHS = {"desk": 1280, "telephone": 390}
BOTH_WIDTHS = pytest.mark.parametrize("width", WIDTHS.values(), ids=WIDTHS)
RUNS = ".stApp[data-test-script-state=notRunning]"
Open = Callable[..., Any]


def screenshots(otherwise: Path) -> Path:
    """Return the folder that pictures are kept in."""
    folder = Path(os.environ.get("CAMPAIGN_ASSOCIATION_SCREENSHOTS", otherwise))
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@contextmanager
def opening(browser: Any, link: str, folder: Path, name: str) -> Iterator[Open]:
    """Yield a function that opens pages of ours; at the end they are checked.

    Nothing may have gone wrong in them, they may ask no other host for anything, and
    show nothing that is personal. Their pictures are kept by a name.
    """
    contexts: list[Any] = []
    asked, errors = [], []

    def open_at(path: str = "", width: int = 1280, height: int = 860) -> Any:
        context = browser.new_context(
            viewport={"width": width, "height": height}, reduced_motion="reduce"
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(30_000)
        page.on("request", lambda sent: asked.append(urlsplit(sent.url).hostname))
        page.on("pageerror", lambda error: errors.append(error))
        home, _, token = link.partition("?")
        joined = "&" if "?" in path else "?"
        page.goto(f"{home}{path}{joined}{token}")
        page.wait_for_selector("h1")
        page.wait_for_selector(RUNS)
        return page

    yield open_at
    for number, context in enumerate(contexts):
        for page in context.pages:
            file = re.sub(r"\W+", "_", f"{name}_{number}") + ".png"
            page.screenshot(path=folder / file, full_page=True)
            assert PRIVATE not in page.content()
        context.close()
    assert not errors
    assert set(asked) <= {"127.0.0.1", None}


def serious(page: Any) -> list[str]:
    """Return what axe-core calls serious or worse, with where it is."""
    if page.locator(".stApp").count():
        # what is about to be drawn anew is pale
        page.wait_for_selector(RUNS)
    page.evaluate(AXE)
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{violation['id']}: {[node['html'][:200] for node in violation['nodes']][:3]}"
        for violation in found["violations"]
        if violation["impact"] in ("serious", "critical")
    ]


def for_readme(page: Any, folder: Path, name: str) -> None:
    """Keep what stands on the screen under the name that the README shows it by."""
    page.screenshot(path=folder / f"{name}.png")
