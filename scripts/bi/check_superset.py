"""Render the campaign dashboard in Chromium and compare what it shows with SQL.

Runs in Superset's environment; see run_superset.py. The rows are those that the page
itself asked Superset for; the big numbers and the table are read from the page's text.
The picture is left in SUPERSET_HOME. Exit code 1 where a figure differs.
"""

import json
import os
import re
import shutil
import sys
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import psycopg2
from expected_figures import EXPECTED
from playwright.sync_api import Page, Response, sync_playwright

HOME = Path(os.environ["SUPERSET_HOME"])
OPTIONS = [
    "--no-sandbox", "--disable-gpu", "--disable-background-networking",
    "--hide-scrollbars",
]  # fmt: skip
SECONDS = 1000
Rows = list[tuple[Any, ...]]


def main(dashboard: str) -> int:
    """Compare every chart of the dashboard; return the exit code."""
    shown, text = render(dashboard, HOME / "campaigns.png")
    wrong = []
    with psycopg2.connect("") as connection, connection.cursor() as cursor:
        cursor.execute("select set_config('search_path', %s, false)", (schema(),))
        for chart, query in EXPECTED.items():
            cursor.execute(query)
            expected = [plain(row) for row in cursor.fetchall()]
            problem = difference(expected, shown.get(chart), text.get(chart, ""))
            print(f"{chart:<58} {len(expected):>4} rows  {problem or 'equal'}")
            if problem:
                wrong.append(chart)
    for chart in shown.keys() - EXPECTED.keys():
        print(f"{chart:<45} has no expected figures in expected_figures.py")
        wrong.append(chart)
    print(f"Picture: {HOME / 'campaigns.png'}")
    return 1 if wrong else 0


def schema() -> str:
    """Return the schema of the public models."""
    return os.environ["BI_SCHEMA"]


def render(dashboard: str, picture: Path) -> tuple[dict[str, Rows], dict[str, str]]:
    """Return, by chart, the rows the page received and the text it shows."""
    answers: list[Response] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("CHROMIUM") or shutil.which("chromium"),
            args=OPTIONS,
        )
        page = browser.new_page(viewport={"width": 1400, "height": 1900})
        page.set_default_timeout(120 * SECONDS)
        log_in(page, dashboard)
        page.on("response", lambda answer: answers.append(answer))
        page.goto(f"{dashboard}?standalone=1")
        wait_for_charts(page)
        names = chart_names(page, dashboard)
        data = [answer for answer in answers if "/api/v1/chart/data" in answer.url]
        shown = dict(found for answer in data if (found := rows_of(answer, names)))
        boxes = page.locator(".dashboard-component-chart-holder").all_inner_texts()
        page.screenshot(path=picture, full_page=True)
        browser.close()
    texts = {box.strip().splitlines()[0]: box for box in boxes if box.strip()}
    return shown, texts


def log_in(page: Page, dashboard: str) -> None:
    """Log in as the admin."""
    page.goto(urljoin(dashboard, "/login/"))
    page.locator("input#username, input[name=username]").fill("admin")
    password = (HOME / "admin-password").read_text(encoding="utf-8").strip()
    page.locator("input#password, input[name=password]").fill(password)
    page.locator("button[type=submit], input[type=submit]").click()
    page.wait_for_url(lambda url: "/login" not in url)


def wait_for_charts(page: Page) -> None:
    """Wait until every chart is drawn."""
    drawn = page.locator(".dashboard-component-chart-holder .slice_container")
    drawn.nth(len(EXPECTED) - 1).wait_for()
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(2 * SECONDS)


def chart_names(page: Page, dashboard: str) -> dict[int, str]:
    """Return the names of the charts by their id in this Superset."""
    answer = page.request.get(urljoin(dashboard, "/api/v1/dashboard/campaigns/charts"))
    return {chart["id"]: chart["slice_name"] for chart in answer.json()["result"]}


def rows_of(answer: Response, names: dict[int, str]) -> tuple[str, Rows] | None:
    """Return a chart's name and the rows it received; None for those of a filter."""
    asked = json.loads(answer.request.post_data or "{}")["form_data"]
    if "slice_id" not in asked:
        return None
    (result,) = answer.json()["result"][:1]
    columns = result["colnames"]
    times = {
        name
        for name, kind in zip(columns, result["coltypes"], strict=True)
        if kind == 2
    }
    rows = [
        plain(
            datetime.fromtimestamp(row[name] / 1000, UTC).date()
            if name in times and row[name] is not None
            else row[name]
            for name in columns
        )
        for row in result["data"]
    ]
    if asked.get("groupby"):
        # a column a series: one row a value again
        rows = [
            (row[0], name, value)
            for row in rows
            for name, value in zip(columns[1:], row[1:], strict=True)
            if value is not None
        ]
    return names[asked["slice_id"]], rows


def plain(row: Any) -> tuple[Any, ...]:
    """Return a row in which numbers and dates compare, wherever they come from."""
    return tuple(
        round(float(value), 6)
        if isinstance(value, int | float | Decimal)
        else value.isoformat()[:10]
        if isinstance(value, date)
        else value
        for value in row
    )


def difference(expected: Rows, shown: Rows | None, text: str) -> str | None:
    """Return how a chart differs from SQL, or None."""
    if shown is None:
        return "NOT SHOWN"
    order = [tuple(map(str, row)) for row in expected]
    if sorted(order) != sorted(tuple(map(str, row)) for row in shown):
        only = sorted(set(order) ^ {tuple(map(str, row)) for row in shown})
        return f"DIFFERENT: {len(shown)} rows are shown; for one, {only[:1]}"
    if not expected:
        return "NOTHING TO COMPARE"
    missing = [word for word in words_of(expected) if word not in plain_text(text)]
    return f"NOT IN THE PAGE: {missing}" if missing else None


def words_of(rows: Rows) -> list[str]:
    """Return what the page has to say in words: a big number, a table's first rows."""
    if len(rows[0]) == 1:
        return [f"{rows[0][0]:.0f}"]
    if len(rows[0]) <= 3:
        return []  # drawn on a canvas
    cells = (cell for row in rows[:10] for cell in row)
    return [plain_text(cell) for cell in cells if isinstance(cell, str)]


def plain_text(text: str) -> str:
    """Return a text without blanks and the separators of thousands."""
    return re.sub(r"[,\s]", "", text)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
