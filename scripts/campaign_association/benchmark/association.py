"""Associating a whole platform: the models, one statement, DuckDB, a connector.

All on the same server and data. Each does it twice, in turns: the first time fills
caches, the second counts. Times count only once the results are found equal to those of
the models: the statement's in every column of campaign_associations but the version of
the rules and the time of the run, DuckDB's and the connector's in decisions, campaigns,
instances and confidences; the connector's for the records it was given.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.resources import files

import psycopg
from psycopg import sql

from campaign_association import dbt, server
from campaign_association.benchmark.connector import Rate, associate_one_by_one
from campaign_association.benchmark.duck import (
    associate,
    bring_back,
    load,
    open_duckdb,
)
from campaign_association.benchmark.memory import Peak, peak_memory
from campaign_association.benchmark.models import ModelsRun, run_models
from campaign_association.benchmark.playground import AS_OF
from campaign_association.benchmark.results import (
    ESSENTIALS,
    all_columns,
    compare,
    create_results,
)
from campaign_association.demo.platform import search_path
from campaign_association.progress import waiting
from campaign_association.target import Target

HAND_TUNED = sql.Identifier("public", "hand_tuned")
DUCKDB = sql.Identifier("public", "duckdb")
CONNECTOR = sql.Identifier("public", "connector")


@dataclass(frozen=True)
class DuckRun:
    """Seconds of DuckDB's three steps."""

    load: float
    associate: float
    bring_back: float


@dataclass(frozen=True)
class AssociationFigures:
    """What associating ``activities`` took, in seconds, and the peaks of memory."""

    activities: int
    models: ModelsRun
    hand_tuned: float
    duckdb: DuckRun
    connector: Rate
    peak_megabytes: dict[str, int]

    @property
    def connector_rate(self) -> float:
        """Records a second that the connector associates, its writing left out."""
        writing = self.connector.writing_seconds or 0.0
        return self.connector.records / (self.connector.seconds - writing)


def measure_association(
    connection: psycopg.Connection,
    target: Target,
    activities: int,
    records: int,
    *,
    shown: bool = False,
) -> AssociationFigures:
    """Time all ways on the platform of ``target``; the connector changes it.

    Raises :class:`CommandFailed` where their results differ.
    """
    dbt.build(target, ["seed"])
    _models(target, shown)
    _hand_tuned(connection, target, shown)
    _duckdb(connection, target, shown)
    with watched_memory() as idle:
        pass
    with watched_memory() as of_models:
        models = _models(target, shown)
    with watched_memory() as of_hand_tuned:
        hand_tuned = _hand_tuned(connection, target, shown)
    with watched_memory() as of_duckdb:
        duckdb = _duckdb(connection, target, shown)
    everything = all_columns(connection, target)
    for way, table, columns in (
        ("hand-tuned statement", HAND_TUNED, everything),
        ("DuckDB", DUCKDB, ESSENTIALS),
    ):
        compare(connection, target, way, table, columns)
        connection.execute(sql.SQL("drop table {}").format(table))
    with (
        waiting("Record by record", shown=shown),
        watched_memory() as of_connector,
    ):
        rate, associations = associate_one_by_one(connection, target, records)
    create_results(connection, CONNECTOR)
    statement = sql.SQL("copy {} from stdin").format(CONNECTOR)
    with connection.cursor().copy(statement) as copy:
        for association in associations:
            copy.write_row(association)
    compare(connection, target, "connector", CONNECTOR, ESSENTIALS, is_sample=True)
    connection.execute(sql.SQL("drop table {}").format(CONNECTOR))
    peaks = {
        "nothing": idle.megabytes,
        "models": of_models.megabytes,
        "hand-tuned statement": of_hand_tuned.megabytes,
        "DuckDB": of_duckdb.megabytes,
        "record by record": of_connector.megabytes,
    }
    return AssociationFigures(activities, models, hand_tuned, duckdb, rate, peaks)


@contextmanager
def watched_memory() -> Iterator[Peak]:
    """Watch the embedded server's memory and our own during the block."""
    with peak_memory(server.start().pid) as peak:
        yield peak


def _models(target: Target, shown: bool) -> ModelsRun:
    return run_models(target, "models", full_refresh=True, shown=shown)


def _hand_tuned(connection: psycopg.Connection, target: Target, shown: bool) -> float:
    """Return the seconds of the statement."""
    script = files(__package__).joinpath("hand_tuned.sql").read_text(encoding="utf-8")
    connection.execute(sql.SQL("drop table if exists {}").format(HAND_TUNED))
    began = time.perf_counter()
    with (
        waiting("Hand-tuned statement", shown=shown),
        connection.transaction(),
        search_path(connection, target.platform_schema),
    ):
        # values are put in here: the server takes none in a CREATE TABLE
        psycopg.ClientCursor(connection).execute(script, {"as_of": AS_OF})
    return round(time.perf_counter() - began, 2)


def _duckdb(connection: psycopg.Connection, target: Target, shown: bool) -> DuckRun:
    """Return the seconds of a DuckDB that is gone, with its memory, afterwards."""
    connection.execute(sql.SQL("drop table if exists {}").format(DUCKDB))
    with waiting("DuckDB", shown=shown), open_duckdb() as duck:
        times = [time.perf_counter()]
        load(duck, connection, target.platform_schema)
        times.append(time.perf_counter())
        associate(duck)
        times.append(time.perf_counter())
        bring_back(duck, connection, DUCKDB)
        times.append(time.perf_counter())
    return DuckRun(*(round(times[n + 1] - times[n], 2) for n in range(3)))
