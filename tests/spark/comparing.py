"""The rows of one model on PostgreSQL and on Spark, in one writing."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

Row = Mapping[str, Any]


def difference(on_postgresql: Iterable[Row], on_spark: Iterable[Row]) -> list[str]:
    """Return what is on one side only, a line a row; nothing where all is equal."""
    expected = Counter(_line(row) for row in on_postgresql)
    actual = Counter(_line(row) for row in on_spark)
    return sorted(
        [f"{line} on PostgreSQL only" for line in (expected - actual).elements()]
        + [f"{line} on Spark only" for line in (actual - expected).elements()]
    )


def _line(row: Row) -> str:
    plain = {name: _plain(value) for name, value in row.items()}
    return json.dumps(plain, sort_keys=True)


def _plain(value: Any) -> Any:
    """Return a value as both engines' drivers can give it.

    Numbers lose the zeros at their end. Lists and JSON come from Spark as texts; what
    looks like either is read.
    """
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int | float | Decimal):
        return f"{Decimal(str(value)).normalize():f}"
    if isinstance(value, list):
        return [_plain(each) for each in value]
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, date):
        return value.isoformat()
    text = str(value)
    if text[:1] in "[{":
        return _plain(json.loads(text))
    return text
