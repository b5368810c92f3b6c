"""Where a command works: the server, the dbt target and the variables.

First found wins: the dbt profile named by --profiles-dir, --profile or --target;
libpq's ``PG*`` environment variables; the project's embedded server.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import psycopg
from psycopg.conninfo import make_conninfo

from campaign_association import server
from campaign_association.dbt_profile import Output, read_output
from campaign_association.errors import CommandFailed, WrongUsage
from campaign_association.settings import as_of_date, project_vars

ENV_PROFILES_DIR = Path(__file__).parent / "profiles"
DEFAULT_SCHEMA = "analytics"
# whoever waits longer for a lock holds up everybody who comes after
LOCK_TIMEOUT = "60s"
PG_VARIABLES = (
    "PGHOST", "PGHOSTADDR", "PGPORT", "PGUSER", "PGDATABASE", "PGSERVICE",
)  # fmt: skip
# what psycopg calls it, and the variable that libpq reads
LIBPQ_VARIABLES = {
    "host": "PGHOST",
    "port": "PGPORT",
    "user": "PGUSER",
    "password": "PGPASSWORD",
    "dbname": "PGDATABASE",
}


@dataclass(frozen=True)
class Spark:
    """Where dbt finds Apache Spark, and its Thrift server if that is the way to it."""

    schema: str
    dbt_options: tuple[str, ...]
    thrift_server: tuple[str, int] | None


@dataclass(frozen=True)
class Target:
    """One server with one dbt target schema.

    ``params`` are psycopg's connection parameters (kept out of repr: they hold the
    password), ``overrides`` the user's ``--vars``, ``dbt_options`` what dbt needs to
    find the same place, ``environment`` what its profile reads. Where ``spark`` builds
    the models, the server is the PostgreSQL that keeps the platform's tables.
    """

    params: Mapping[str, Any] = field(repr=False)
    schema: str
    overrides: Mapping[str, Any]
    dbt_options: tuple[str, ...]
    environment: Mapping[str, str] = field(repr=False, default_factory=dict)
    spark: Spark | None = None

    @property
    def variables(self) -> dict[str, Any]:
        """The effective dbt variables."""
        return {**project_vars(), **self.overrides}

    def with_variables(self, variables: Mapping[str, Any]) -> "Target":
        """Return the same target with further dbt variables."""
        return replace(self, overrides={**self.overrides, **variables})

    def for_one_day(self) -> "Target":
        """Return the same target with its "today" fixed: several builds see one day."""
        today = as_of_date(self.variables).isoformat()
        return self.with_variables({"as_of_date": today})

    @property
    def on_spark(self) -> "Target":
        """What dbt works on where Spark builds the models."""
        assert self.spark is not None
        return replace(
            self, schema=self.spark.schema, dbt_options=self.spark.dbt_options
        )

    @property
    def platform_schema(self) -> str:
        """The schema of the platform's own tables."""
        return self.variables["platform_schema"]

    @property
    def internal_schema(self) -> str:
        """The schema of staging and intermediate models."""
        return f"{self.schema}_internal"

    @property
    def libpq_environment(self) -> dict[str, str]:
        """What leads psql and other programs to the same database; has the password."""
        return {
            name: str(self.params[key])
            for key, name in LIBPQ_VARIABLES.items()
            if key in self.params
        }

    def connect(self, **options: Any) -> psycopg.Connection:
        """Open a connection in UTC; a clear :class:`CommandFailed` if it fails."""
        try:
            return psycopg.connect(
                make_conninfo("", **self.params),
                **{"application_name": "campaign-association", **options},
            )
        except psycopg.OperationalError as error:
            raise CommandFailed(
                f"Cannot connect to {self.place}: {str(error).strip()}\n"
                "Check that the server runs and that host, port, database, user and "
                "password are right."
            ) from error

    def in_database(self, name: str) -> "Target":
        """Return the same place in another database; only for the embedded server."""
        return _target_of_params({**self.params, "dbname": name}, self.overrides)

    @property
    def place(self) -> str:
        """Host, port and database, for messages: never the password."""
        show = self.params
        return (
            f"PostgreSQL at {show.get('host', 'the default socket')}:"
            f"{show.get('port', 5432)}, database {show.get('dbname', '(default)')}"
        )


def find_target(
    profiles_dir: str | None,
    profile: str | None,
    target: str | None,
    overrides: Mapping[str, Any],
    *,
    takes_spark: bool = False,
) -> Target:
    """Resolve the connection options, in the order this module's docstring gives.

    Raises :class:`WrongUsage` for a target on Apache Spark, unless the command
    ``takes_spark``.
    """
    if profiles_dir or profile or target:
        return _from_profile(profiles_dir, profile, target, overrides, takes_spark)
    if any(os.environ.get(name) for name in PG_VARIABLES):
        return _from_environment(overrides)
    return embedded_target(overrides)


def embedded_target(overrides: Mapping[str, Any]) -> Target:
    """Start the embedded server, or reuse it, and return it as a target."""
    return _target_of_params(server.start().params, overrides)


def _from_environment(overrides: Mapping[str, Any]) -> Target:
    # libpq itself resolves services, socket folders and password files
    with _connect_by_environment() as connection:
        info = connection.info
        params = {
            "host": info.host,
            "port": info.port,
            "user": info.user,
            "dbname": info.dbname,
            "password": info.password,
        }
    return _target_of_params(params, overrides)


def _connect_by_environment() -> psycopg.Connection:
    try:
        return psycopg.connect("")
    except psycopg.OperationalError as error:
        # psycopg calls a host None that it read from the environment
        names = ("PGHOST", "PGHOSTADDR", "PGPORT", "PGSERVICE")
        given = [f"{name}={os.environ[name]}" for name in names if name in os.environ]
        raise CommandFailed(
            f"Cannot connect with the PG* variables ({', '.join(given)}): "
            f"{str(error).strip()}\n"
            "Check PGHOST, PGPORT, PGUSER, PGPASSWORD and PGDATABASE."
        ) from error


def _target_of_params(
    params: Mapping[str, Any], overrides: Mapping[str, Any]
) -> Target:
    """Return a target whose dbt profile is ours, fed by environment variables."""
    return Target(
        params=params,
        schema=DEFAULT_SCHEMA,
        overrides=overrides,
        dbt_options=("--profiles-dir", str(ENV_PROFILES_DIR)),
        environment={
            "CAMPAIGN_ASSOCIATION_HOST": str(params["host"]),
            "CAMPAIGN_ASSOCIATION_PORT": str(params["port"]),
            "CAMPAIGN_ASSOCIATION_USER": str(params["user"]),
            "CAMPAIGN_ASSOCIATION_DATABASE": str(params["dbname"]),
            # dbt keeps variables with this prefix out of its logs
            "DBT_ENV_SECRET_CAMPAIGN_ASSOCIATION": params.get("password") or "",
        },
    )


def _from_profile(
    profiles_dir: str | None,
    profile: str | None,
    target: str | None,
    overrides: Mapping[str, Any],
    takes_spark: bool,
) -> Target:
    types = ("postgres", "spark") if takes_spark else ("postgres",)
    output = read_output(profiles_dir, profile, target, overrides, types)
    if output.type == "spark":
        name = _postgresql_of(output, overrides)
        found = _from_profile(profiles_dir, profile, name, overrides, False)
        return replace(found, spark=_spark_of(output))
    values = output.values
    params = {name: values[name] for name in ("host", "port", "user", "password")}
    params["dbname"] = values["database"]
    for name in ("sslmode", "sslcert", "sslkey", "sslrootcert"):
        if values[name]:
            params[name] = values[name]
    return Target(
        params=params,
        schema=values["schema"],
        overrides=overrides,
        dbt_options=output.options,
    )


def _postgresql_of(output: Output, overrides: Mapping[str, Any]) -> str:
    """Return the output that leads from Spark to the platform's PostgreSQL."""
    if name := {**project_vars(), **overrides}["postgresql_target"]:
        return name
    if len(output.postgres_names) == 1:
        return output.postgres_names[0]
    found = ", ".join(output.postgres_names) or "none"
    raise WrongUsage(
        f"Target {output.name!r} is Apache Spark, and the links are written back to a "
        f"target of type postgres in the same profile. There: {found}. Of several, "
        "name one: --vars '{postgresql_target: prod}'."
    )


def _spark_of(output: Output) -> Spark:
    values = output.values
    server = None
    if values["method"] == "thrift":
        server = (values["host"], values["port"])
    return Spark(
        schema=values["schema"], dbt_options=output.options, thrift_server=server
    )
