"""README and its companions: commands, options, variables and version exist."""

import re
import shlex

import click
import pytest
import yaml

from campaign_association.cli import main
from campaign_association.settings import PROJECT_DIR, project_vars

PAGES = [
    PROJECT_DIR / "README.md",
    PROJECT_DIR / "CONTRIBUTING.md",
    *sorted((PROJECT_DIR / "docs").glob("**/*.md")),
]
CODE = re.compile(
    r"^```\w*\n(.*?)^```|`((?:[^`\n]|\n(?!\n))+)`", re.DOTALL | re.MULTILINE
)
COMMAND = re.compile(
    r"campaign-association((?: +(?:'[^']*'|\"[^\"]*\"|[^\s#|;&>()]+))*)"
)
MAKE = re.compile(r"(?:^|[`\s])make ([a-z][a-z-]*)", re.MULTILINE)


def code_of(text: str) -> str:
    """Return what stands in code blocks and between backquotes; joins broken lines."""
    pieces = [
        block or inline.replace("\n", " ") for block, inline in CODE.findall(text)
    ]
    return "\n".join(pieces).replace("\\\n", " ")


def commands() -> list[str]:
    """Return the arguments of every campaign-association command in the pages."""
    return sorted(
        {
            arguments.strip()
            for page in PAGES
            if page.exists()
            for arguments in COMMAND.findall(code_of(page.read_text()))
        }
    )


def tables(text: str) -> list[list[list[str]]]:
    """Return the tables of a page: rows of cells, the heading first."""
    found: list[list[list[str]]] = []
    inside = False
    for line in text.splitlines():
        if line.startswith("|"):
            if not inside:
                found.append([])
            found[-1].append([cell.strip() for cell in line.strip("| ").split("|")])
        inside = line.startswith("|")
    return found


@pytest.mark.parametrize("page", PAGES[:2], ids=lambda page: page.name)
def test_page_names_commands(page):
    assert COMMAND.search(code_of(page.read_text())) or MAKE.search(page.read_text())


@pytest.mark.parametrize("arguments", commands() or [""])
def test_command_exists(arguments):
    words = shlex.split(arguments)
    command: click.Command = main
    path = ["campaign-association"]
    while words and isinstance(command, click.Group):
        if words[0].startswith("-"):
            break
        # "migrate up|down" is cut at the stroke; "…" and the like are no verbs
        name = words.pop(0).rstrip(".,:")
        assert name in command.commands, f"{' '.join(path)} has no verb {name!r}"
        command = command.commands[name]
        path.append(name)
    context = click.Context(command, info_name=path[-1])
    known = {
        name
        for parameter in command.get_params(context)
        for name in (*parameter.opts, *parameter.secondary_opts)
    } | {"--help", "-h"}
    for word in words:
        if word.startswith("-") and word != "--":
            assert word.split("=")[0] in known, f"{' '.join(path)} has no {word}"
    assert "Usage:" in command.get_help(context)


def test_make_commands_exist():
    targets = set(
        re.findall(r"^([a-z-]+):", (PROJECT_DIR / "Makefile").read_text(), re.M)
    )
    named = {
        name
        for page in PAGES
        if page.exists()
        for name in MAKE.findall(code_of(page.read_text()))
    }
    assert {"demo", "test"} <= named
    assert named <= targets


def test_variables_are_documented():
    documented = {
        name
        for page in PAGES
        if page.exists()
        for heading, *rows in tables(page.read_text())
        if heading[0].lower().startswith("var")
        for row in rows
        for name in re.findall(r"`(\w+)`", row[0])
    }
    assert documented == set(project_vars())


def test_changelog_has_the_version():
    project = yaml.safe_load((PROJECT_DIR / "dbt_project.yml").read_text())
    assert project["version"] in (PROJECT_DIR / "CHANGELOG.md").read_text()
