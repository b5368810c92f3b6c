"""Examples taken from strategies, and many worlds made of one strategy's examples."""

from dataclasses import fields, is_dataclass, replace
from typing import Any
from uuid import UUID

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st


def some_of(strategy: st.SearchStrategy[Any], count: int, number: int = 0) -> list[Any]:
    """Return examples of a strategy, for each number the same ones in every run."""
    found: list[Any] = []

    @seed(number)
    @settings(
        max_examples=count,
        phases=[Phase.generate],
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def collect(example: Any) -> None:
        found.append(example)

    collect()
    return found


def numbered(drawn: list[Any]) -> list[Any]:
    """Give drawn worlds or histories, all of number 0, numbers of their own."""
    return [_moved(each, number) for number, each in enumerate(drawn)]


def _moved(value: Any, number: int) -> Any:
    """Return a value with the ids of world 0 in it made those of another world."""
    if isinstance(value, UUID):
        return UUID(int=value.int | number << 32)
    if isinstance(value, dict):
        return {name: _moved(each, number) for name, each in value.items()}
    if isinstance(value, list):
        return [_moved(each, number) for each in value]
    if is_dataclass(value):
        parts = {part.name: getattr(value, part.name) for part in fields(value)}
        return replace(value, **_moved(parts, number))
    return value
