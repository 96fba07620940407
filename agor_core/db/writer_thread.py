"""The only thread that writes to SQLite, and its queue of units of work from the event loop."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any

from sqlalchemy import Engine

from agor_core.clock import Clock
from agor_core.db.connections import Writer
from agor_core.db.feed_log import FeedRow
from agor_core.db.file_guard import FileGuard
from agor_core.db.group_commit import GroupCommit, Unit
from agor_core.db.totals import Totals
from agor_core.errors import StoreClosed
from agor_core.threads import Job

LARGEST_BATCH = 200
ROWS_BETWEEN_TRIMS = 2_000

Announce = Callable[[Sequence[FeedRow]], None]


class _Job(Job, Unit):
    """A unit of work and the future of its caller in the event loop."""


class WriterThread:
    """Takes work from the event loop in which it is made, and calls ``announce`` there after each commit, in order."""

    def __init__(
        self, engine: Engine, clock: Clock, totals: Totals, announce: Announce, *, feed_rows: int, feed_days: int
    ) -> None:
        self._engine = engine
        self._group = GroupCommit(engine, clock, totals, FileGuard(Path(engine.url.database or "")))
        self._announce = announce
        self._feed_rows = feed_rows
        self._feed_age = timedelta(days=feed_days)
        self._untrimmed = ROWS_BETWEEN_TRIMS
        self._queue: SimpleQueue[_Job | None] = SimpleQueue()
        self._loop = asyncio.get_running_loop()
        self._closing = False
        self._ended: asyncio.Future[None] = self._loop.create_future()
        self._thread = Thread(target=self._run, name="agor-store-writer", daemon=True)
        self._thread.start()

    async def write(self, work: Callable[[Writer], Any]) -> Any:
        """Run and commit a unit of work and return its result, or raise its error.

        A caller that is cancelled while it waits does not learn whether the work was committed.
        """
        if self._closing:
            raise StoreClosed
        job = _Job(work, self._loop.create_future())
        self._queue.put(job)
        return await job.future

    async def close(self) -> None:
        """Finish the work that was handed in, then end the thread."""
        if not self._closing:
            self._closing = True
            self._queue.put(None)
        await asyncio.shield(self._ended)
        self._thread.join()

    def _run(self) -> None:
        try:
            more = True
            while more:
                batch, more = self._next_batch()
                self._work(batch)
                self._trim_when_due()
        finally:
            self._group.disconnect()
            self._engine.dispose()
            self._loop.call_soon_threadsafe(self._ended.set_result, None)

    def _next_batch(self) -> tuple[list[_Job], bool]:
        """Wait for work and return all of it, and whether more may follow."""
        batch: list[_Job] = []
        job = self._queue.get()
        while job is not None and len(batch) < LARGEST_BATCH - 1:
            batch.append(job)
            try:
                job = self._queue.get_nowait()
            except Empty:
                return batch, True
        if job is None:
            return batch, False
        batch.append(job)
        return batch, True

    def _work(self, batch: list[_Job]) -> None:
        wanted = [job for job in batch if not job.future.cancelled()]
        if not wanted:
            return
        for settled, rows in self._group.run(wanted):
            self._untrimmed += len(rows)
            self._loop.call_soon_threadsafe(self._tell, settled, rows)

    def _tell(self, settled: Sequence[_Job], rows: Sequence[FeedRow]) -> None:
        if rows:
            self._announce(rows)
        for job in settled:
            job.settle()

    def _trim_when_due(self) -> None:
        """Trim the feed between two batches, every ROWS_BETWEEN_TRIMS rows, until nothing is left to trim."""
        if self._untrimmed >= ROWS_BETWEEN_TRIMS and not self._group.trim(self._feed_rows, self._feed_age):
            self._untrimmed = 0
