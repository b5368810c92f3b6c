"""The rows of one model on PostgreSQL and on Spark, in one writing."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

Row = Mapping[str, Any]


def difference(
    on_postgresql: Iterable[Row], on_spark: Iterable[Row], digits: int | None = None
) -> list[str]:
    """Return what is on one side only, a line a row; nothing where all is equal.

    Numbers are the same where they are to ``digits`` decimals, if that is given.
    """
    expected = Counter(_line(row, digits) for row in on_postgresql)
    actual = Counter(_line(row, digits) for row in on_spark)
    return sorted(
        [f"{line} on PostgreSQL only" for line in (expected - actual).elements()]
        + [f"{line} on Spark only" for line in (actual - expected).elements()]
    )


def _line(row: Row, digits: int | None) -> str:
    plain = {name: _plain(value, digits) for name, value in row.items()}
    return json.dumps(plain, sort_keys=True)


def _plain(value: Any, digits: int | None) -> Any:
    """Return a value as both engines' drivers can give it.

    Numbers lose the zeros at their end. Lists and JSON come from Spark as texts; what
    looks like either is read.
    """
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int | float | Decimal):
        number = Decimal(str(value))
        if digits is not None:
            number = round(number, digits)
        return f"{number.normalize():f}"
    if isinstance(value, list):
        return [_plain(each, digits) for each in value]
    if isinstance(value, dict):
        return {name: _plain(each, digits) for name, each in value.items()}
    if isinstance(value, datetime) and value.tzinfo:
        # Spark's driver gives moments in UTC, without saying so
        value = value.astimezone(UTC).replace(tzinfo=None)
    if isinstance(value, date):
        return value.isoformat()
    text = str(value)
    if text.startswith(("[", "{")):
        return _plain(json.loads(text), digits)
    return text
