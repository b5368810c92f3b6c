"""Who may come in to the review page: the token, the log-in, the refusals."""

import os
import stat
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

import pytest
from click.testing import CliRunner

from campaign_association.benchmark.browser import chromium, review_page
from campaign_association.cli import main
from campaign_association.errors import CommandFailed, WrongUsage
from campaign_association.review_page.access import Access
from campaign_association.review_page.reviewers import Reviewers
from conftest import command_environment
from platforms import World, associated_world, copied_world
from review_browser import serious

pytestmark = pytest.mark.slow

PASSWORD = "a long enough password"


@pytest.fixture(scope="module")
def world(server_folder, tmp_path_factory) -> World:
    """A platform after a run; nothing is decided here."""
    return associated_world(server_folder, tmp_path_factory.getbasetemp())


@pytest.fixture
def reviewers(tmp_path, monkeypatch) -> Reviewers:
    """A file in which ann.b may log in."""
    file = tmp_path / "reviewers.json"
    monkeypatch.setenv("CAMPAIGN_ASSOCIATION_REVIEWERS", str(file))
    reviewers = Reviewers(file)
    reviewers.add("ann.b", PASSWORD)
    return reviewers


@pytest.fixture
def certificate(tmp_path) -> tuple[Path, Path]:
    """A certificate of our own for this machine, and its key."""
    files = tmp_path / "certificate.pem", tmp_path / "key.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"),
            *("-subj", "/CN=localhost", "-out", files[0], "-keyout", files[1]),
        ],
        check=True,
        capture_output=True,
    )
    return files


class _Stay(HTTPRedirectHandler):
    def redirect_request(self, *_arguments):
        return None


def ask(url: str, **headers: str) -> tuple[int, dict[str, str], str]:
    """Return status, headers and text of an answer; redirects are not followed."""
    try:
        with build_opener(_Stay).open(Request(url, headers=headers)) as answer:
            return answer.status, dict(answer.headers), answer.read().decode()
    except HTTPError as error:
        return error.code, dict(error.headers), error.read().decode()


@contextmanager
def served(world: World, *options: object, **more: str) -> Iterator[str]:
    """Serve the page and yield its link."""
    arguments = [*map(str, options), *world.vars_option({})]
    with review_page(arguments, world.environment | more) as link:
        yield link


def fail(world: World, *arguments: object, exit_code: int = 2) -> str:
    """Return what `review` said before it ended with ``exit_code``."""
    result = CliRunner().invoke(
        main,
        ["review", *map(str, arguments)],
        env=command_environment(world.folder, world.params),
    )
    assert result.exit_code == exit_code, result.output
    return result.output


def test_nothing_without_the_token(world):
    with served(world, "--session-hours", 0.0015) as link:
        home, _, token = link.partition("?")
        assert urlsplit(home).hostname == "127.0.0.1"
        for path in ("", "bulk", "_stcore/health", "_stcore/host-config", "static/js"):
            assert ask(home + path)[0] == 403
        assert ask(f"{home}?token=wrong")[0] == 403
        upgrade = {
            "Connection": "Upgrade",
            "Upgrade": "websocket",
            "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
            "Origin": home.rstrip("/"),
        }
        assert ask(f"{home}_stcore/stream", **upgrade)[0] == 403

        # the token is gone from the address, the filters are not
        status, headers, _ = ask(f"{home}bulk?company=1&{token}")
        assert (status, headers["location"]) == (303, "/bulk?company=1")
        cookie = headers["set-cookie"]
        assert "HttpOnly" in cookie and "SameSite=lax" in cookie
        session = cookie.partition(";")[0]
        status, headers, _ = ask(home, Cookie=session)
        assert (status, headers["x-frame-options"]) == (200, "DENY")
        # nothing leads to another host
        assert ask(f"{home}/evil.example/?{token}")[1]["location"].startswith("/e")
        # sessions end
        time.sleep(6)
        assert ask(home, Cookie=session)[0] == 403


def test_the_log_holds_no_secret(world, tmp_path):
    """Where the output goes to a file, the token is in its first line alone."""
    with served(world) as link:
        ask(link)
        token = link.partition("token=")[2]
        processes = subprocess.run(
            ["ps", "-eo", "args"], capture_output=True, text=True, check=True
        )
        assert token not in processes.stdout
        assert world.params["password"] not in processes.stdout


def test_elsewhere_needs_tls_and_a_login(world, tmp_path, monkeypatch, certificate):
    monkeypatch.setenv("CAMPAIGN_ASSOCIATION_REVIEWERS", str(tmp_path / "none.json"))
    certificate, key = certificate
    tls = ("--tls-certificate", certificate, "--tls-key", key)
    assert "--tls-certificate" in fail(world, "--address", "0.0.0.0")
    assert "go together" in fail(world, "--tls-key", key)
    assert "login add" in fail(world, "--address", "0.0.0.0", *tls)
    assert "is no address" in fail(world, "--address", "nowhere.invalid")
    assert "not a handle" in fail(world, "--reviewer", "Ann B")
    Reviewers.default().add("ann.b", PASSWORD)
    assert "leave out --reviewer" in fail(
        world, "--address", "0.0.0.0", "--reviewer", "kim", *tls
    )
    wrong = ("--tls-certificate", key, "--tls-key", certificate)
    assert "cannot be used" in fail(world, "--port", "0", *wrong)


def test_a_taken_port_is_told(world):
    with served(world) as link:
        port = urlsplit(link).port
        said = fail(world, "--port", port, *world.vars_option({}), exit_code=1)
        assert f"port {port}" in said and "--port" in said


def test_a_login_is_the_handle_on_decisions(world, reviewers, certificate):
    certificate, key = certificate
    options = ("--tls-certificate", certificate, "--tls-key", key)
    file = str(reviewers.path)
    with (
        copied_world(world) as copy,
        served(copy, *options, CAMPAIGN_ASSOCIATION_REVIEWERS=file) as link,
        chromium() as browser,
    ):
        assert link.startswith("https://") and "token" not in link
        page = browser.new_context(ignore_https_errors=True).new_page()
        page.goto(link)
        assert page.locator("h1").count() == 1
        assert not serious(page)
        page.get_by_label("Handle").fill("ann.b")
        page.get_by_label("Password").fill("wrong")
        page.keyboard.press("Enter")
        page.wait_for_selector("[role=alert]")
        page.get_by_label("Handle").fill("ann.b")
        page.get_by_label("Password").fill(PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_selector("text=Decisions are ann.b's")
        (cookie,) = [
            each for each in page.context.cookies() if "campaign" in each["name"]
        ]
        assert cookie["secure"] and cookie["httpOnly"]
        page.wait_for_selector(".ask")
        page.keyboard.press("x")
        page.wait_for_selector(".st-key-deeds button:enabled:has-text('Undo')")
        (who,) = copy.rows(
            "select distinct reviewer from association_ops.review_decisions"
        )
        assert who["reviewer"] == "ann.b"
        # a page of another site logs nobody in
        foreign = page.request.post(
            f"{link}login",
            form={"handle": "ann.b", "password": PASSWORD},
            headers={"Origin": "https://evil.example"},
        )
        assert foreign.status == 403
        page.get_by_text("Log out").click()
        page.wait_for_selector("text=You are logged out")
        page.goto(link)
        page.wait_for_selector("text=Password")


def test_reviewers_file(reviewers):
    assert stat.S_IMODE(reviewers.path.stat().st_mode) == 0o600
    assert PASSWORD not in reviewers.path.read_text()
    assert reviewers.verify("ann.b", PASSWORD)
    assert not reviewers.verify("ann.b", PASSWORD + " ")
    assert not reviewers.verify("nobody", PASSWORD)
    with pytest.raises(WrongUsage, match="12 characters"):
        reviewers.add("kim", "short")
    with pytest.raises(WrongUsage, match="handle"):
        reviewers.add("Kim B", PASSWORD)
    run = CliRunner().invoke
    asked = run(main, ["review", "login", "add", "kim.l"], input=f"{PASSWORD}\n" * 2)
    assert asked.exit_code == 0 and PASSWORD not in asked.output
    assert run(main, ["review", "login", "list"]).output.split() == ["ann.b", "kim.l"]
    assert run(main, ["review", "login", "remove", "ann.b"]).exit_code == 0
    assert not reviewers.verify("ann.b", PASSWORD)
    unknown = run(main, ["review", "login", "remove", "ann.b"])
    assert unknown.exit_code == 2 and "no reviewer" in unknown.output
    reviewers.path.write_text("not JSON")
    broken = run(main, ["review", "login", "list"])
    assert broken.exit_code == 2 and "add them again" in broken.output


def test_guessing_takes_longer_and_longer(reviewers):
    access = Access(reviewers=reviewers)
    assert access.token is None
    assert access.by_token("") is None
    assert access.pause("ann.b") == 0
    for _ in range(3):
        assert access.by_password("ann.b", "guess") is None
    assert access.pause("ann.b") > 1
    session = access.by_password("ann.b", PASSWORD)
    assert access.handle(session) == "ann.b"
    assert access.pause("ann.b") == 0
    access.end(session)
    assert access.handle(session) is None
    assert access.handle(None) is None


def test_without_chromium_the_package_is_named(monkeypatch, tmp_path):
    monkeypatch.setitem(os.environ, "PATH", str(tmp_path))
    with pytest.raises(CommandFailed, match="Debian package chromium"), chromium():
        pass
