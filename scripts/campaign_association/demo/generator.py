"""Made-up data for the demo platform: the truth is drawn first, then blurred.

Everything is a hash of the seed, a name and a row number, computed on the server by
the generate_*.sql and write_*.sql scripts: the same seed gives the same rows. The rates
of the blur are in noise.py; the truth is kept in a schema of its own that no model
reads. The platform's tables are filled side by side, each in a transaction of its own.
"""

from contextlib import suppress
from datetime import date

import psycopg

from campaign_association.demo.bulk_load import Connection
from campaign_association.demo.helpers import POOL_SIZE
from campaign_association.demo.load import Load, Progress
from campaign_association.demo.noise import NOISE
from campaign_association.errors import CommandFailed

DEFAULT_ACTIVITIES = 20_000
MOST_ACTIVITIES = 50_000_000


def truth_schema(schema: str) -> str:
    """Return the schema that holds ``activity_truth`` for a platform schema."""
    return f"{schema}_truth"


def generate(
    connection: Connection,
    schema: str = "platform",
    *,
    seed: int,
    as_of: date,
    activities: int = DEFAULT_ACTIVITIES,
    progress: Progress | None = None,
) -> dict[str, int]:
    """Fill the empty tables made by :func:`create_platform`; return rows a table.

    ``activities`` are spread over the two years up to ``as_of``, with a few before and
    after; users, companies and campaigns grow with them. ``progress`` is called with
    what is being done, the number of steps done and the number of all steps.

    Opens more connections like the given one, which must not be in a transaction. An
    error or Ctrl-C leaves the tables as they were; killed, some are filled and others
    are empty. Raises :class:`CommandFailed` where the tables hold data already, or
    for a seed or number out of range.
    """
    if not 1 <= activities <= MOST_ACTIVITIES:
        raise CommandFailed(
            f"The demo makes 1 to {MOST_ACTIVITIES:,} activities, not {activities:,}."
        )
    if not 0 <= seed < 2**62:
        raise CommandFailed("The seed must be a whole number from 0 to 2^62 - 1.")
    parameters = {
        **NOISE,
        **sizes(activities),
        "seed": seed,
        "as_of": as_of,
        "pool_size": POOL_SIZE,
    }
    report = progress or (lambda step, done, total: None)
    load = Load(connection, schema, truth_schema(schema), parameters, report)
    load.draw()
    try:
        return load.fill()
    except BaseException:
        # where the server is gone there is nothing to be done
        with suppress(psycopg.OperationalError):
            load.undo()
        raise


def sizes(activities: int) -> dict[str, int]:
    """Return how many activities, users, companies and campaigns go together.

    20,000 activities have 5,000 users, 40 companies and 300 campaigns; from two
    million on there are 200,000 users, 550 companies and 10,000 campaigns.
    """
    growth = min(activities, 2_000_000) / DEFAULT_ACTIVITIES
    return {
        "activities": activities,
        "users": max(60, round(5_000 * growth**0.801)),
        "companies": max(3, round(40 * growth**0.569)),
        "campaigns": max(12, round(300 * growth**0.761)),
    }
