"""Threads that do blocking work for an event loop, a cheap hop there and back.

The default executor of asyncio costs three times as much a call, which counts where a whole answer takes a millisecond;
and what hangs here, on a disk that is not there any more, keeps nobody else's work waiting.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from queue import SimpleQueue
from threading import Lock, Thread
from typing import Any, TypeVar

from agor_core.errors import Unavailable

T = TypeVar("T")


class Job:
    """Work that somebody in the event loop waits for."""

    def __init__(self, work: Callable[..., Any], future: "asyncio.Future[Any]") -> None:
        self.work = work
        self.future = future
        self.result: Any = None
        self.error: Exception | None = None

    def do(self) -> None:
        """Take note of what the work answers or raises, unless nobody waits any more."""
        if self.future.cancelled():
            return
        try:
            self.result = self.work()
        except Exception as error:  # noqa: BLE001 - whoever asked is told
            self.error = error

    def settle(self) -> None:
        """In the event loop: tell whoever still waits."""
        if self.future.done():
            return
        if self.error is None:
            self.future.set_result(self.result)
        else:
            self.future.set_exception(self.error)


class Threads:
    """Take work from the event loop that they are made in; whichever is free does what has waited longest.

    They are started when they are needed, ``size`` of them at most. ``leave`` is called in each as it ends.
    """

    def __init__(self, name: str, size: int, *, leave: Callable[[], None] | None = None) -> None:
        self._name = name
        self._size = size
        self._leave = leave
        self._loop = asyncio.get_running_loop()
        self._queue: SimpleQueue[Job | None] = SimpleQueue()
        self._threads: list[Thread] = []
        self._undone = 0
        self._counting = Lock()
        self._ended: asyncio.Queue[None] = asyncio.Queue()
        self._closed = False
        self._ending: asyncio.Task[None] | None = None

    async def do(self, work: Callable[[], T]) -> T:
        """Answers what the work answers, raises what it raises, and Unavailable once closed.

        Work whose caller was cancelled before a thread took it up is not done at all.
        """
        if self._closed:
            raise Unavailable("The daemon is stopping.")
        job = Job(work, self._loop.create_future())
        self._put(job)
        result: T = await job.future
        return result

    async def close(self) -> None:
        """Do what was asked for until now, then end all threads."""
        self._closed = True
        if self._ending is None:
            self._ending = asyncio.create_task(self._end(), name=f"end of {self._name}")
        await asyncio.shield(self._ending)

    def dismiss(self) -> None:
        """Let them end without waiting for it, as one may hang; what they still do, nobody hears of."""
        self._closed = True
        for _ in self._threads:
            self._queue.put(None)

    async def _end(self) -> None:
        self.dismiss()
        for _ in self._threads:
            await self._ended.get()
        for thread in self._threads:
            thread.join()

    def _put(self, job: Job) -> None:
        with self._counting:
            self._undone += 1
        if self._undone > len(self._threads) < self._size:
            self._start_one()
        self._queue.put(job)

    def _start_one(self) -> None:
        thread = Thread(target=self._run, name=f"{self._name}-{len(self._threads) + 1}", daemon=True)
        self._threads.append(thread)
        thread.start()

    def _run(self) -> None:
        try:
            while (job := self._queue.get()) is not None:
                job.do()
                with self._counting:
                    self._undone -= 1
                self._tell(job.settle)
        finally:
            if self._leave is not None:
                self._leave()
            self._tell(self._ended.put_nowait, None)

    def _tell(self, callback: Callable[..., None], *arguments: Any) -> None:
        with suppress(RuntimeError):  # the loop is closed: it was not waited for
            self._loop.call_soon_threadsafe(callback, *arguments)
