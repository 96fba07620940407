"""The store on PostgreSQL: each unit of work is a transaction, whose last statement takes the feed's head row.

That row orders the commits, so the feed has no gaps and no lower number commits later.
"""

import asyncio
import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from agor_core.clock import Clock, timestamp
from agor_core.db import engines, feed_log
from agor_core.db.connections import Reader, RecordChange, Writer
from agor_core.db.failures import translated
from agor_core.db.feed_log import FeedRow, Retention
from agor_core.db.totals import Totals
from agor_core.db.writer_thread import ROWS_BETWEEN_TRIMS, Announce
from agor_core.errors import StoreClosed

T = TypeVar("T")
_log = logging.getLogger("agor.store")

ATTEMPTS = 5
_AGAIN = frozenset({"40001", "40P01"})  # serialization failure, deadlock: the work is run again


class PostgresDatabase:
    """Reads and writes through one pool of asyncpg connections."""

    def __init__(self, url: str, clock: Clock, announce: Announce, *, feed_rows: int, feed_days: int) -> None:
        self._engine = engines.postgres(url)
        self._totals = Totals()
        self._clock = clock
        self._announce = announce
        self._feed_rows = feed_rows
        self._feed_age = timedelta(days=feed_days)
        self._untrimmed = ROWS_BETWEEN_TRIMS
        self._head = asyncio.Lock()
        self._running: set[asyncio.Task[Any]] = set()
        self._closing = False

    async def read(self, work: Callable[[Reader], T]) -> T:
        """Run a unit of work that only reads."""
        if self._closing:
            raise StoreClosed
        with translated():
            async with self._engine.connect() as connection:
                await connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
                return await connection.run_sync(lambda synchronous: work(Reader(synchronous, self._totals)))

    read_many = read

    async def write(self, work: Callable[[Writer], T]) -> T:
        """Run and commit a unit of work, even if the caller is cancelled while it waits."""
        if self._closing:
            raise StoreClosed
        task = asyncio.create_task(self._write(work), name="store-write")
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return await asyncio.shield(task)

    async def close(self) -> None:
        """Finish the running writes, then close all connections."""
        self._closing = True
        if self._running:
            await asyncio.wait(self._running)
        await self._engine.dispose()

    async def _write(self, work: Callable[[Writer], T]) -> T:
        with translated():
            for _ in range(ATTEMPTS - 1):
                try:
                    return await self._once(work)
                except DBAPIError as error:
                    if getattr(error.orig, "sqlstate", None) not in _AGAIN:
                        raise
            return await self._once(work)

    async def _once(self, work: Callable[[Writer], T]) -> T:
        at = timestamp(self._clock.now())

        def do(connection: Connection) -> tuple[T, list[RecordChange]]:
            writer = Writer(connection, at)
            return work(writer), writer.changes()

        async with self._engine.connect() as connection:
            result, changes = await connection.run_sync(do)
            if not changes:
                await connection.commit()
                return result
            # The head row admits one commit at a time; the lock keeps our announcements in the order of commits.
            async with self._head:
                self._announce(await self._finish(connection, changes))
        await self._trim_when_due()
        return result

    async def _finish(self, connection: AsyncConnection, changes: list[RecordChange]) -> list[FeedRow]:
        rows = await connection.run_sync(lambda synchronous: feed_log.append(Writer(synchronous, ""), changes))
        await connection.commit()
        self._totals.follow(rows[0].seq, changes)
        self._untrimmed += len(rows)
        return rows

    async def _trim_when_due(self) -> None:
        if self._untrimmed < ROWS_BETWEEN_TRIMS:
            return
        self._untrimmed = 0
        retention = Retention(self._feed_rows, timestamp(self._clock.now() - self._feed_age))
        try:
            async with self._engine.begin() as connection:
                while await connection.run_sync(lambda synchronous: feed_log.trim(Writer(synchronous, ""), retention)):
                    pass
        except (DBAPIError, OSError) as error:  # the work itself is committed; the next trim deletes these rows
            _log.warning("the feed was not trimmed: %r", error)
