"""Measure how fast the demo platform is made up, on the embedded server.

``python -m campaign_association.demo.measure_rate [ACTIVITIES]``
"""

import sys
import time
from datetime import date
from uuid import uuid4

from psycopg.sql import SQL, Identifier

from campaign_association.demo.generator import generate, truth_schema
from campaign_association.demo.platform import create_platform
from campaign_association.target import embedded_target


def measure_rate(activities: int) -> float:
    """Return activities a second, all tables, keys and statistics included.

    Works in a schema of its own, which is dropped again.
    """
    schema = f"rate_{uuid4().hex[:8]}"
    with embedded_target({}).connect(autocommit=True) as connection:
        try:
            create_platform(connection, schema)
            began = time.perf_counter()
            generate(
                connection,
                schema,
                seed=1,
                as_of=date(2026, 6, 30),
                activities=activities,
                progress=_show,
            )
            return activities / (time.perf_counter() - began)
        finally:
            for name in (schema, truth_schema(schema)):
                drop = SQL("drop schema if exists {} cascade")
                connection.execute(drop.format(Identifier(name)))


def _show(step: str, done: int, total: int) -> None:
    print(f"{time.strftime('%X')}  {done}/{total}  {step}", file=sys.stderr)


if __name__ == "__main__":
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    print(f"{measure_rate(count):,.0f} activities a second, {count:,} in all")
