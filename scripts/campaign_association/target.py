"""Where a command works: the server, the dbt target and the variables.

First found wins: the dbt profile named by --profiles-dir, --profile or --target;
libpq's ``PG*`` environment variables; the project's embedded server.
"""

import os
import re
from argparse import Namespace
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import psycopg
from psycopg.conninfo import make_conninfo

from campaign_association import server
from campaign_association.errors import CommandFailed, WrongUsage
from campaign_association.settings import PROJECT_DIR, project_vars

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
class Target:
    """One server with one dbt target schema.

    ``params`` are psycopg's connection parameters (kept out of repr: they hold the
    password), ``overrides`` the user's ``--vars``, ``dbt_options`` what dbt needs to
    find the same place, ``environment`` what its profile reads.
    """

    params: Mapping[str, Any] = field(repr=False)
    schema: str
    overrides: Mapping[str, Any]
    dbt_options: tuple[str, ...]
    environment: Mapping[str, str] = field(repr=False, default_factory=dict)

    @property
    def variables(self) -> dict[str, Any]:
        """The effective dbt variables."""
        return {**project_vars(), **self.overrides}

    def with_variables(self, variables: Mapping[str, Any]) -> "Target":
        """Return the same target with further dbt variables."""
        return replace(self, overrides={**self.overrides, **variables})

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
) -> Target:
    """Resolve the connection options, in the order this module's docstring gives."""
    if profiles_dir or profile or target:
        return _from_profile(profiles_dir, profile, target, overrides)
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
) -> Target:
    from dbt.config.profile import Profile, read_profile
    from dbt.config.renderer import ProfileRenderer
    from dbt.flags import set_from_args
    from dbt_common.context import set_invocation_context
    from dbt_common.exceptions import DbtBaseException

    folder = Path(profiles_dir) if profiles_dir else _default_profiles_dir()
    if not (folder / "profiles.yml").is_file():
        raise WrongUsage(
            f"There is no profiles.yml in {folder}. Copy profiles.yml.example there, "
            "or name its folder with --profiles-dir."
        )
    name = profile or "campaign_association"
    # dbt's profile reads these two globals, which only its own commands set
    set_invocation_context(dict(os.environ))
    set_from_args(Namespace(), None)
    try:
        raw = read_profile(str(folder))
        loaded = Profile.from_raw_profiles(
            raw, name, ProfileRenderer(dict(overrides)), target_override=target
        )
    except DbtBaseException as error:
        raise WrongUsage(
            f"{folder / 'profiles.yml'}: {str(error).strip()}{_unset_variables(folder)}"
        ) from error
    credentials = loaded.credentials
    if credentials.type != "postgres":
        raise WrongUsage(
            f"Profile {name!r}, target {loaded.target_name!r} is of type "
            f"{credentials.type!r}; this command works on type postgres."
        )
    options = ["--profiles-dir", str(folder), "--profile", name]
    options += ["--target", loaded.target_name]
    return Target(
        params=_params_of_credentials(credentials),
        schema=credentials.schema,
        overrides=overrides,
        dbt_options=tuple(options),
    )


def _unset_variables(folder: Path) -> str:
    """Name what a profile takes from the environment and is not there: dbt does not."""
    text = (folder / "profiles.yml").read_text()
    needed = re.findall(r"""env_var\(\s*['"]+(\w+)['"]+\s*\)""", text)
    unset = sorted({name for name in needed if name not in os.environ})
    if not unset:
        return ""
    return f"\nNot set in the environment: {', '.join(unset)}."


def _params_of_credentials(credentials: Any) -> dict[str, Any]:
    params = {
        "host": credentials.host,
        "port": credentials.port,
        "user": credentials.user,
        "password": credentials.password,
        "dbname": credentials.database,
    }
    for name in ("sslmode", "sslcert", "sslkey", "sslrootcert"):
        with suppress(AttributeError):
            if value := getattr(credentials, name):
                params[name] = value
    return params


def _default_profiles_dir() -> Path:
    """Return where dbt itself would look: the project, then ~/.dbt."""
    if (PROJECT_DIR / "profiles.yml").is_file():
        return PROJECT_DIR
    return Path.home() / ".dbt"
