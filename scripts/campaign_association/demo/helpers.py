"""What the scripts that make up data lean on: names, and words for either variant."""

from collections.abc import Iterator
from typing import Any

import psycopg
from faker import Faker

from campaign_association.demo.platform import read_script

POOL_SIZE = 500
COLUMN_TYPES = """
select
    max(format_type(atttypid, atttypmod)) filter (where attname = 'tags'),
    max(format_type(atttypid, atttypmod)) filter (where attname = 'status')
from pg_attribute
where attrelid in ('users'::regclass, 'campaigns'::regclass)
"""


def create_helpers(connection: psycopg.Connection[Any], seed: int) -> None:
    """Create functions, types and made-up names in the first schema of the path.

    They fit the variant of the platform whose tables are found in that path.
    """
    tags_type, status_type = connection.execute(COLUMN_TYPES).fetchone()
    if status_type == "text":
        connection.execute(read_script("generate_text_types"))
    connection.execute(
        "create function tags_of(tags text[]) returns jsonb "
        "language sql immutable parallel safe return to_jsonb(tags)"
        if tags_type == "jsonb"
        else "create function tags_of(tags text[]) returns text[] "
        "language sql immutable parallel safe return tags"
    )
    connection.execute(
        "create table faker_pool "
        "(kind text, entry integer, value text, primary key (kind, entry))"
    )
    with connection.cursor().copy("copy faker_pool from stdin") as copy:
        for row in _pool(seed):
            copy.write_row(row)
    connection.execute("analyze faker_pool")


def _pool(seed: int) -> Iterator[tuple[str, int, str]]:
    """Yield made-up names and sentences: kind, entry and value."""
    faker = Faker("en_US")
    faker.seed_instance(seed)
    makers = {
        "first_name": faker.first_name,
        "last_name": faker.last_name,
        "domain": faker.safe_domain_name,
        "company": faker.company,
        "sentence": faker.sentence,
    }
    for kind, make in makers.items():
        for number in range(POOL_SIZE):
            yield kind, number, make()
