"""A pool of threads that does blocking work for an event loop, at a low cost per call.

A call of asyncio's default executor costs three times as much, which counts where a whole answer takes a millisecond.
A pool of its own also keeps work that hangs, on a disk that is gone, from delaying other work.
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
    """A piece of work and the future of its caller in the event loop."""

    def __init__(self, work: Callable[..., Any], future: "asyncio.Future[Any]") -> None:
        self.work = work
        self.future = future
        self.result: Any = None
        self.error: Exception | None = None

    def do(self) -> None:
        """Run the work and keep its result or error, unless the caller was cancelled."""
        if self.future.cancelled():
            return
        try:
            self.result = self.work()
        except Exception as error:  # noqa: BLE001 - the caller gets it
            self.error = error

    def settle(self) -> None:
        """Set the result or error of the future; runs in the event loop."""
        if self.future.done():
            return
        if self.error is None:
            self.future.set_result(self.result)
        else:
            self.future.set_exception(self.error)


class Threads:
    """A pool of at most ``size`` threads for the event loop in which it is made; the oldest work is done first.

    A thread starts when it is needed and calls ``leave`` as it ends.
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
        """Run the work in a thread and return its result, or raise its error. Raises Unavailable once closed.

        Work whose caller is cancelled before a thread takes it is not done.
        """
        if self._closed:
            raise Unavailable("The daemon is stopping.")
        job = Job(work, self._loop.create_future())
        self._put(job)
        result: T = await job.future
        return result

    async def close(self) -> None:
        """Finish the work that was handed in, then end all threads."""
        self._closed = True
        if self._ending is None:
            self._ending = asyncio.create_task(self._end(), name=f"end of {self._name}")
        await asyncio.shield(self._ending)

    def dismiss(self) -> None:
        """End the threads without waiting for them, as one may hang; results that are still to come are dropped."""
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
