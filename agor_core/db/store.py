"""The store: runs units of work that read or write, and calls listeners after each commit."""

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeVar

from sqlalchemy.exc import SQLAlchemyError

from agor_core.clock import Clock
from agor_core.db import engines, feed_log
from agor_core.db.awaited_reads import AwaitedReads
from agor_core.db.connections import Reader, Writer
from agor_core.db.engines import sqlite_url
from agor_core.db.feed_log import FeedRow
from agor_core.db.reader_threads import ReaderThreads
from agor_core.db.totals import Totals
from agor_core.db.writer_thread import Announce, WriterThread
from agor_core.errors import StoreUnusable
from agor_core.wire.feed import Cursor

__all__ = ["Store", "open_store", "sqlite_url"]

T = TypeVar("T")
Listener = Callable[[Sequence[FeedRow]], None]


class Database(Protocol):
    """The interface of a database to the store."""

    async def read(self, work: Callable[[Reader], T]) -> T: ...
    async def read_many(self, work: Callable[[Reader], T]) -> T: ...
    async def write(self, work: Callable[[Writer], T]) -> T: ...
    async def close(self) -> None: ...


class SqliteDatabase:
    """SQLite: aiosqlite reads, a pool of threads reads what is much, one thread writes."""

    def __init__(self, url: str, clock: Clock, announce: Announce, *, feed_rows: int, feed_days: int) -> None:
        totals = Totals()
        self._reads = AwaitedReads(str(engines.sqlite_file(url)), totals)
        self._readers = ReaderThreads(engines.sqlite_readers(url), totals)
        self._writer = WriterThread(
            engines.sqlite_writer(url), clock, totals, announce, feed_rows=feed_rows, feed_days=feed_days
        )

    async def read(self, work: Callable[[Reader], T]) -> T:
        return await self._reads.read(work)

    async def read_many(self, work: Callable[[Reader], T]) -> T:
        result: T = await self._readers.read(work)
        return result

    async def write(self, work: Callable[[Writer], T]) -> T:
        result: T = await self._writer.write(work)
        return result

    async def close(self) -> None:
        await self._reads.close()
        await self._readers.close()
        await self._writer.close()


class Store:
    """One open store. ``epoch`` names its feed; cursors of other epochs are foreign."""

    epoch: str

    def __init__(self, url: str, *, clock: Clock, feed_rows: int, feed_days: int) -> None:
        self._loop = asyncio.get_running_loop()
        self._listeners: dict[object, Listener] = {}
        kind: Any = SqliteDatabase
        if engines.sqlite_file(url) is None:
            from agor_core.db.postgres import PostgresDatabase

            kind = PostgresDatabase
        self._database: Database = kind(url, clock, self._announce, feed_rows=feed_rows, feed_days=feed_days)

    async def read(self, work: Callable[[Reader], T]) -> T:
        """Run a unit of work that reads one state of the store, in the event loop. Several may run at once."""
        return await self._database.read(work)

    async def read_many(self, work: Callable[[Reader], T]) -> T:
        """Like :meth:`read`, for lists, whole conversations and what is asked most: in a thread, where there is one."""
        return await self._database.read_many(work)

    async def write(self, work: Callable[[Writer], T]) -> T:
        """Run a unit of work and commit it; returns its result once all of it and its feed rows are on the disk.

        ``work`` may run more than once, so it has no side effects and makes no ids. Raises its error, with nothing
        changed, and StoreBusy, StoreFull and Unavailable.
        """
        return await self._database.write(work)

    def on_commit(self, listener: Listener) -> Callable[[], None]:
        """Call ``listener`` in the event loop after each commit, in the feed's order, before `write` returns.

        Returns a function that removes the listener.
        """
        key = object()
        self._listeners[key] = listener

        def unsubscribe() -> None:
            self._listeners.pop(key, None)

        return unsubscribe

    async def head(self) -> Cursor:
        """The cursor of the last committed change."""
        return Cursor(self.epoch, await self.read(feed_log.head))

    async def close(self) -> None:
        """Finish the writes that were handed in, then close all connections and threads."""
        await self._database.close()

    def _announce(self, rows: Sequence[FeedRow]) -> None:
        # Each is a callback of its own, so that one that raises does not keep the others from being called.
        for listener in tuple(self._listeners.values()):
            self._loop.call_soon(listener, rows)


async def open_store(url: str, *, clock: Clock, feed_rows: int = 100_000, feed_days: int = 14) -> Store:
    """Open a store that :func:`agor_core.db.migrate.prepare` has prepared. Raises StoreUnusable."""
    store = Store(url, clock=clock, feed_rows=feed_rows, feed_days=feed_days)
    try:
        store.epoch = await store.read(feed_log.epoch)
    except (SQLAlchemyError, sqlite3.Error) as error:
        await store.close()
        raise StoreUnusable("The store was not migrated, or it is damaged; run: agor db migrate") from error
    except BaseException:
        await store.close()
        raise
    return store
