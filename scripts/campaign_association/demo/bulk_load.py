"""Tables filled quickly: without keys meanwhile, and several of them side by side."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from queue import SimpleQueue
from typing import Any

import psycopg
from psycopg.sql import SQL, Identifier

from campaign_association.demo.platform import search_path

Connection = psycopg.Connection[Any]
Job = Callable[[Connection], Any]

# first what hangs on others: foreign keys, plain indexes, then primary and unique keys
FIND_KEYS = """
with tables as (
    select oid
    from pg_class
    where
        relnamespace = quote_ident(%(schema)s)::regnamespace
        and relname = any(%(tables)s)
),

keys as (
    select
        case contype when 'f' then 1 else 3 end as place,
        conname as name,
        format(
            'alter table %%s drop constraint %%I', conrelid::regclass, conname
        ) as take_off,
        format(
            'alter table %%s add constraint %%I %%s',
            conrelid::regclass, conname, pg_get_constraintdef(pg_constraint.oid)
        ) as put_back
    from pg_constraint
    inner join tables on pg_constraint.conrelid = tables.oid
    where contype in ('p', 'u', 'f')
),

indexes as (
    select
        2 as place,
        pg_class.relname as name,
        format('drop index %%s', pg_class.oid::regclass) as take_off,
        pg_get_indexdef(pg_class.oid) as put_back
    from pg_index
    inner join tables on pg_index.indrelid = tables.oid
    inner join pg_class on pg_index.indexrelid = pg_class.oid
    left join pg_constraint on pg_class.oid = pg_constraint.conindid
    where pg_constraint.oid is null
)

select take_off, put_back
from (select * from keys union all select * from indexes) as everything
order by place, name
"""


@contextmanager
def without_keys(
    connection: Connection, schema: str, tables: Sequence[str]
) -> Iterator[None]:
    """Empty ``tables`` and drop their keys and indexes; rebuild them after the block.

    To be used inside one transaction, which undoes all if the load fails. PostgreSQL
    need not log what goes into a table that the same transaction emptied (where
    wal_level is minimal). Foreign keys from other tables are an error.
    """
    # with only pg_catalog in the search path, all other names are given in full
    with search_path(connection, "pg_catalog"):
        values = {"schema": schema, "tables": list(tables)}
        keys = connection.execute(FIND_KEYS, values).fetchall()
    names = SQL(", ").join(Identifier(schema, table) for table in tables)
    connection.execute(SQL("truncate {}").format(names))
    for take_off, _ in keys:
        connection.execute(take_off)
    yield
    for _, put_back in reversed(keys):
        connection.execute(put_back)


@contextmanager
def side_by_side(
    connection: Connection, number: int
) -> Iterator[Callable[[Job], Future[Any]]]:
    """Open ``number`` connections like the given one; yield what gives them a job.

    Jobs are begun in the order given. Where the block fails, all are broken off.
    """
    with ExitStack() as stack:
        workers = [
            stack.enter_context(_open_another(connection)) for _ in range(number)
        ]
        idle: SimpleQueue[Connection] = SimpleQueue()
        for worker in workers:
            idle.put(worker)
        threads = stack.enter_context(ThreadPoolExecutor(number))

        def work(job: Job) -> Any:
            worker = idle.get()
            try:
                return job(worker)
            finally:
                idle.put(worker)

        try:
            yield lambda job: threads.submit(work, job)
        except BaseException:
            threads.shutdown(wait=False, cancel_futures=True)
            # where the server is gone they have ended already
            with suppress(psycopg.OperationalError), connection.transaction():
                end = "select pg_terminate_backend(pid) from unnest(%s::int[]) as pid"
                pids = [worker.info.backend_pid for worker in workers]
                connection.execute(end, [pids])
            raise


def _open_another(connection: Connection) -> Connection:
    return psycopg.connect(
        connection.info.dsn, password=connection.info.password, autocommit=True
    )
