"""What docs/bi.md promises to BI tools: its picture of the tables, at its word."""

import re
from itertools import chain
from typing import Any, NamedTuple

import pytest

from campaign_association.settings import PROJECT_DIR
from platforms import World, associated_world

pytestmark = pytest.mark.slow

PAGE = (PROJECT_DIR / "docs" / "bi.md").read_text()
PICTURE = re.search(r"```mermaid\nerDiagram\n(.*?)```", PAGE, re.DOTALL)[1]
LINE = re.compile(r'^    (\w+) (\S\S)--(\S\S) (\w+) : "?([^"\n]+)"?$', re.MULTILINE)
TABLE = re.compile(r"^    (\w+) \{\n(.*?)^    \}", re.DOTALL | re.MULTILINE)
TYPES = {"timestamptz": "timestamp with time zone"}


class Join(NamedTuple):
    """A line of the picture: how many parents a child has, and how many children."""

    parent: str
    parents: str
    children: str
    child: str
    on: str

    @property
    def columns(self) -> list[tuple[str, str]]:
        """The columns of the parent and those of the child, in pairs."""
        pairs = [pair.split(" = ") for pair in self.on.split(", ")]
        return [(pair[0], pair[-1]) for pair in pairs]


JOINS = [Join(*line) for line in LINE.findall(PICTURE)]
TABLES = {
    name: [line.split()[:3] for line in body.splitlines()]
    for name, body in TABLE.findall(PICTURE)
}


@pytest.fixture(scope="module")
def world(server_folder, tmp_path_factory) -> World:
    """A platform after a run."""
    return associated_world(server_folder, tmp_path_factory.getbasetemp())


@pytest.fixture(scope="module")
def public(world) -> dict[str, dict[str, Any]]:
    """The public models, as dbt knows them."""
    manifest = world.artifact("manifest.json")
    return {
        node["name"]: node
        for node in manifest["nodes"].values()
        if node.get("access") == "public"
    }


def test_the_picture_has_every_public_model(public):
    joined = chain.from_iterable((join.parent, join.child) for join in JOINS)
    assert {*joined, *TABLES} == public.keys()


@pytest.mark.parametrize("table", TABLES)
def test_columns_are_there(public, table):
    columns = public[table]["columns"]
    for kind, name, *_ in TABLES[table]:
        data_type = columns[name]["data_type"].split("(")[0]
        assert data_type == TYPES.get(kind, kind), name


@pytest.mark.parametrize("table", TABLES)
def test_keys_are_unique(world, table):
    key = [name for _, name, *rest in TABLES[table] if "PK" in rest]
    assert are_unique(world, table, key)


@pytest.mark.parametrize("join", JOINS, ids=lambda join: f"{join.parent}-{join.child}")
def test_joins_neither_double_nor_lose_rows(world, join):
    assert are_unique(world, join.parent, [parent for parent, _ in join.columns])
    if join.children in ("o|", "||"):
        assert are_unique(world, join.child, [child for _, child in join.columns])
    if join.parents == "||":
        condition = " and ".join(
            f"parent.{parent} = child.{child}" for parent, child in join.columns
        )
        orphans = world.value(
            "select count(*) "  # noqa: S608 (names in our own picture)
            f"from analytics.{join.child} as child where not exists"
            f" (select from analytics.{join.parent} as parent where {condition})"
        )
        assert orphans == 0


def are_unique(world: World, table: str, columns: list[str]) -> bool:
    """Tell whether no two rows of a public model share these columns, NULL or not."""
    key = ", ".join(columns)
    return world.value(
        "select count(*) = "  # noqa: S608 (names in our own picture)
        f"count(distinct ({key}, 0)) from analytics.{table}"
    )
