"""Keys and indexes set aside for the time of a bulk load, and put back after it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg.sql import Identifier

# first what hangs on others: foreign keys, plain indexes, then primary and unique keys
FIND_KEYS = """
with keys as (
    select
        case contype when 'f' then 1 else 3 end as place,
        conname as name,
        format(
            'alter table %%s drop constraint %%I', conrelid::regclass, conname
        ) as take_off,
        format(
            'alter table %%s add constraint %%I %%s',
            conrelid::regclass, conname, pg_get_constraintdef(oid)
        ) as put_back
    from pg_constraint
    where
        connamespace = any(%(schemas)s::text[]::regnamespace[])
        and contype in ('p', 'u', 'f')
),

indexes as (
    select
        2 as place,
        pg_class.relname as name,
        format('drop index %%s', pg_class.oid::regclass) as take_off,
        pg_get_indexdef(pg_class.oid) as put_back
    from pg_index
    inner join pg_class on pg_index.indexrelid = pg_class.oid
    left join pg_constraint on pg_class.oid = pg_constraint.conindid
    where
        pg_class.relnamespace = any(%(schemas)s::text[]::regnamespace[])
        and pg_constraint.oid is null
)

select take_off, put_back
from (select * from keys union all select * from indexes) as everything
order by place, name
"""


@contextmanager
def without_keys(
    connection: psycopg.Connection[Any], *schemas: str
) -> Iterator[Callable[[], None]]:
    """Drop the keys and indexes in ``schemas``; yield the function to rebuild them.

    To be used inside one transaction, which undoes the dropping if the load fails.
    """
    names = [Identifier(name).as_string(connection) for name in schemas]
    keys = connection.execute(FIND_KEYS, {"schemas": names}).fetchall()
    for take_off, _ in keys:
        connection.execute(take_off)

    def put_back() -> None:
        for _, definition in reversed(keys):
            connection.execute(definition)

    yield put_back
