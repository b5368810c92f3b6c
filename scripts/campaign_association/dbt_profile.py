"""One output of a dbt profile, read as dbt reads it."""

import os
import re
from argparse import Namespace
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from campaign_association.errors import WrongUsage
from campaign_association.settings import PROJECT_DIR

DEFAULT_PROFILE = "campaign_association"


@dataclass(frozen=True)
class Output:
    """An output by its ``name``; dbt finds it by ``options``.

    ``values`` are the output's own settings and ``postgres_names`` the outputs of type
    postgres that stand beside it in the profile.
    """

    name: str
    values: Mapping[str, Any]
    options: tuple[str, ...]
    postgres_names: tuple[str, ...]

    @property
    def type(self) -> str:
        """The type of the server, such as postgres."""
        return str(self.values.get("type"))


def read_output(
    profiles_dir: str | None,
    profile: str | None,
    target: str | None,
    overrides: Mapping[str, Any],
    types: Sequence[str],
) -> Output:
    """Return the output that the connection options name, of one of the ``types``.

    Raises :class:`WrongUsage` without such an output, and for settings that dbt cannot
    take.
    """
    from dbt.config.profile import Profile, read_profile
    from dbt.config.renderer import ProfileRenderer
    from dbt.flags import set_from_args
    from dbt_common.context import set_invocation_context
    from dbt_common.exceptions import DbtBaseException

    folder = Path(profiles_dir) if profiles_dir else _default_folder()
    if not (folder / "profiles.yml").is_file():
        raise WrongUsage(
            f"There is no profiles.yml in {folder}. Copy profiles.yml.example there, "
            "or name its folder with --profiles-dir."
        )
    file = folder / "profiles.yml"
    name = profile or DEFAULT_PROFILE
    # dbt's profile reads these two globals, which only its own commands set
    set_invocation_context(dict(os.environ))
    set_from_args(Namespace(), None)
    renderer = ProfileRenderer(dict(overrides))
    try:
        raw = read_profile(str(folder))
        with suppress(KeyError, TypeError, AttributeError):
            named, values = Profile.render_profile(raw[name], name, target, renderer)
            _check_type(file, named, values["type"], types)
        loaded = Profile.from_raw_profiles(raw, name, renderer, target_override=target)
    except DbtBaseException as error:
        raise WrongUsage(
            f"{file}: {str(error).strip()}{_unset_variables(file)}"
        ) from error
    options = ["--profiles-dir", str(folder), "--profile", name]
    options += ["--target", loaded.target_name]
    return Output(
        name=loaded.target_name,
        values=_settings(loaded.credentials),
        options=tuple(options),
        postgres_names=tuple(
            key
            for key, output in raw[name]["outputs"].items()
            if output.get("type") == "postgres"
        ),
    )


def _settings(credentials: Any) -> dict[str, Any]:
    names = ("type", "host", "port", "user", "password", "database", "schema", "method")
    names += ("sslmode", "sslcert", "sslkey", "sslrootcert")
    return {name: getattr(credentials, name, None) for name in names}


def _check_type(file: Path, target: str, found: str, types: Sequence[str]) -> None:
    """Raise :class:`WrongUsage` for a type that the command, or Python, cannot take."""
    if found not in types:
        raise WrongUsage(
            f"{file}: target {target!r} is of type {found!r}; this command works on "
            f"type {' or '.join(types)}. Name another one with --target."
        )
    if found == "spark" and find_spec("dbt.adapters.spark") is None:
        raise WrongUsage(
            f"{file}: target {target!r} is of type 'spark', and dbt-spark is not "
            "installed here. Run `make setup-spark`, then "
            "`.venv-spark/bin/campaign-association`."
        )


def _unset_variables(file: Path) -> str:
    """Name what a profile takes from the environment and is not there: dbt does not."""
    text = file.read_text()
    needed = re.findall(r"""env_var\(\s*['"]+(\w+)['"]+\s*\)""", text)
    unset = sorted({name for name in needed if name not in os.environ})
    if not unset:
        return ""
    return f"\nNot set in the environment: {', '.join(unset)}."


def _default_folder() -> Path:
    """Return where dbt itself would look: the project, then ~/.dbt."""
    if (PROJECT_DIR / "profiles.yml").is_file():
        return PROJECT_DIR
    return Path.home() / ".dbt"
