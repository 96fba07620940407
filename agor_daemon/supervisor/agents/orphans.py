"""The processes that the daemon adopted: descendants of agents that ended first. They are ended, and reaped.

The event loop reaps the children that it started, each by its pid, and knows nothing of these. A child of the daemon's
own is in the daemon's session, or the first of one and has a PATH; any other was adopted for certain.
"""

import asyncio
import contextlib
import logging
import os
import signal
from pathlib import Path

from agor_daemon import processes
from agor_daemon.processes import Process

TERM_AT = 2
"""The look at which an adopted process that still runs is asked to end; it had some seconds to do so by itself."""
_log = logging.getLogger("agor.supervisor")
EVERY = 5.0
"""Seconds between two looks. An ended child that is still there at the second one is nobody's but ours to reap: the
event loop has reaped its own by then."""


class Orphans:
    """Ends and reaps adopted processes while it is open."""

    def __init__(self) -> None:
        self._ended: frozenset[Process] = frozenset()
        self._seen: dict[Process, int] = {}
        """How many looks saw an adopted process that runs."""
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

    def end(self) -> int:
        """Send TERM to what was adopted and runs since the last call, and KILL from the next one on; returns to how
        many."""
        running = [child for child in processes.children() if not child.ended and _is_adopted(child.pid)]
        self._seen = {child: self._seen.get(child, 0) + 1 for child in running}
        told = [(child, looks) for child, looks in self._seen.items() if looks > 1]
        for child, looks in told:
            _signal(child, signal.SIGTERM if looks == TERM_AT else signal.SIGKILL)
        return len(told)

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(EVERY)
            self.reap()
            if told := self.end():
                _log.info("%d processes that ended agents left behind are told to end", told)


def _is_adopted(pid: int) -> bool:
    """Whether a child was certainly not started by the daemon."""
    try:
        session = os.getsid(pid)
        if session == pid:
            environment = Path(f"/proc/{pid}/environ").read_bytes()
            return b"PATH=" not in environment
    except OSError:
        return False
    return session != os.getsid(0)


def _signal(child: Process, number: signal.Signals) -> None:
    """Signal a process, unless its pid is another's by now."""
    with contextlib.suppress(OSError):
        descriptor = os.pidfd_open(child.pid)
        try:
            now = processes.look_up(child.pid)
            if now is not None and now.started == child.started:
                signal.pidfd_send_signal(descriptor, number)
        finally:
            os.close(descriptor)
