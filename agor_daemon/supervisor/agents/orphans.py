"""The processes that the daemon adopted: descendants of agents that ended first. They are reaped when they end.

The event loop reaps the children that it started, each by its pid, and knows nothing of these.
"""

import asyncio
import contextlib
import os

from agor_daemon import processes
from agor_daemon.processes import Process

EVERY = 5.0
"""Seconds between two looks. An ended child that is still there at the second one is nobody's but ours to reap: the
event loop has reaped its own by then."""


class Orphans:
    """Reaps adopted processes while it is open."""

    def __init__(self) -> None:
        self._ended: frozenset[Process] = frozenset()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Look now and then, if this process adopts any."""
        if self._task is None and processes.is_subreaper():
            self._task = asyncio.create_task(self._run(), name="agor orphans")

    async def close(self) -> None:
        """Look no more."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.wait({task})

    def reap(self) -> int:
        """Reap the children that had ended at the last call already; returns how many."""
        ended = frozenset(child for child in processes.children() if child.ended)
        waited_for = ended & self._ended
        self._ended = ended - waited_for
        for child in waited_for:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(child.pid, os.WNOHANG)
        return len(waited_for)

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(EVERY)
            self.reap()
