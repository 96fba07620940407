"""A few threads that read from SQLite: a unit of work is one hop to a thread and back, whatever it asks.

A driver for asyncio would hop for every statement, which costs more than the statements do.
"""

import asyncio
import sqlite3
from collections.abc import Callable
from contextlib import suppress
from queue import SimpleQueue
from threading import Thread
from typing import Any

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from agor_core.db.connections import Reader
from agor_core.db.failures import meaning
from agor_core.db.totals import Totals
from agor_core.errors import AgorError, Unavailable

READERS = 4
"""Threads, each with a connection, that read at the same time; they are started when they are needed."""


class _Job:
    """A unit of work that somebody in the event loop waits for."""

    def __init__(self, work: Callable[[Reader], Any], future: "asyncio.Future[Any]") -> None:
        self.work = work
        self.future = future
        self.result: Any = None
        self.error: Exception | None = None


class ReaderThreads:
    """Takes work from the event loop it is made in; whichever thread is free does what has waited longest."""

    def __init__(self, engine: Engine, totals: Totals, size: int = READERS) -> None:
        self._engine = engine
        self._totals = totals
        self._size = size
        self._loop = asyncio.get_running_loop()
        self._queue: SimpleQueue[_Job | None] = SimpleQueue()
        self._threads: list[Thread] = []
        self._unsettled = 0
        self._ended: asyncio.Queue[None] = asyncio.Queue()
        self._ending: asyncio.Task[None] | None = None

    async def read(self, work: Callable[[Reader], Any]) -> Any:
        """Have a unit of work done on one state of the store; answers what it answers, raises what it raises.

        Work whose caller was cancelled before a thread took it up is not done at all.
        """
        if self._ending is not None:
            raise Unavailable("The store is closed.")
        job = _Job(work, self._loop.create_future())
        self._unsettled += 1
        if self._unsettled > len(self._threads) < self._size:
            self._start_one()
        self._queue.put(job)
        return await job.future

    async def close(self) -> None:
        """Do what was asked for until now, then end all threads and close their connections."""
        if self._ending is None:
            self._ending = asyncio.create_task(self._end(), name="store-readers-end")
        await asyncio.shield(self._ending)

    async def _end(self) -> None:
        for _ in self._threads:
            self._queue.put(None)
        for _ in self._threads:
            await self._ended.get()
        for thread in self._threads:
            thread.join()
        self._engine.dispose()

    def _start_one(self) -> None:
        thread = Thread(target=self._run, name=f"agor-store-reader-{len(self._threads) + 1}", daemon=True)
        self._threads.append(thread)
        thread.start()

    def _run(self) -> None:
        connection: Connection | None = None
        try:
            while (job := self._queue.get()) is not None:
                connection = self._do(job, connection)
                self._loop.call_soon_threadsafe(self._settle, job)
        finally:
            _closed(connection)
            self._loop.call_soon_threadsafe(self._ended.put_nowait, None)

    def _do(self, job: _Job, connection: Connection | None) -> Connection | None:
        """Do the work; answers the connection for the next: none after an error that may have been its own."""
        if job.future.cancelled():
            return connection
        try:
            connection = connection or self._engine.connect()
            with connection.begin() as transaction:
                job.result = job.work(Reader(connection, self._totals))
                transaction.rollback()
        except AgorError as error:
            job.error = error
        except Exception as error:  # noqa: BLE001 - whoever asked is told
            job.error = meaning(error)
            if job.error is not error:
                job.error.__cause__ = error
            _closed(connection)
            return None
        return connection

    def _settle(self, job: _Job) -> None:
        self._unsettled -= 1
        if job.future.done():
            return
        if job.error is None:
            job.future.set_result(job.result)
        else:
            job.future.set_exception(job.error)


def _closed(connection: Connection | None) -> None:
    if connection is not None:
        with suppress(SQLAlchemyError, sqlite3.Error):
            connection.close()
