"""The command of a check: a process below one of ours that adopts what leaves it, ended as a whole.

What the command prints goes to a pipe that a thread of its own reads, so that no flood reaches the event loop.
"""

import asyncio
import contextlib
import fcntl
import os
import select
import subprocess
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from agor_core.config import pidfile
from agor_core.errors import Unprocessable
from agor_daemon import processes
from agor_daemon.supervisor.agents import process as agent_process
from agor_daemon.supervisor.agents.root import Root
from agor_daemon.supervisor.checks.bounded_log import BoundedLog

_KEEPER = 'sh -c "$1" </dev/null 1>&2; echo "$?"; read -r _'
"""The keeper runs the command, tells its exit code, and waits to be ended: what the command left behind is below it."""
PIECE = PIPE = 2**20
"""Bytes that are read at once, and that the pipe holds."""
FREE, PACE = 16 * 2**20, 64 * 2**20
"""Bytes after which a flood is slowed down, to so many a second."""
_LOOK = 0.2
"""Seconds between two looks whether to go on reading, where a process that nobody can end holds the pipe."""
_DRAINED = 5.0


@dataclass(frozen=True, slots=True)
class CommandCall:
    """What the shell is to run. ``mark`` are variables of ``env`` by which its processes are known.

    ``seconds`` bound it; ``grace`` lies between TERM and KILL.
    """

    command: str
    cwd: Path
    env: Mapping[str, str]
    mark: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 900
    grace: float = 3.5


async def run(call: CommandCall, log: BoundedLog, started: Callable[[Root], None] = lambda _: None) -> int | None:
    """Run a command to its end, and end all that it started; its exit code, None where its time was over.

    ``started`` is told of its process. A caller that is cancelled leaves no process either. Raises Unprocessable where
    it cannot be started.
    """
    keeper, output = _start(call)
    reading = _Reading(keeper, output, log)
    root = Root(keeper.pid, pidfile.start_time(keeper.pid) or "", call.mark)
    try:
        started(root)
        async with asyncio.timeout(call.seconds):
            return await reading.exit_code
    except TimeoutError:
        return None
    finally:
        await asyncio.shield(_end(keeper, root, call.grace, reading))


def _start(call: CommandCall) -> tuple["subprocess.Popen[bytes]", int]:
    """The keeper, and the pipe with what the command prints.

    Not by the event loop's own call: uvloop leaves its ends of the pipes open in the child.
    """
    if not call.cwd.is_dir():
        raise Unprocessable(f"The folder {call.cwd} is not there any more.")
    reading, writing = os.pipe()
    with contextlib.suppress(AttributeError, OSError):  # other systems than Linux, or a user with many pipes
        fcntl.fcntl(writing, fcntl.F_SETPIPE_SZ, PIPE)
    try:
        keeper = subprocess.Popen(
            ["sh", "-c", _KEEPER, "sh", call.command], cwd=call.cwd, env=dict(call.env), start_new_session=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=writing,
            preexec_fn=processes.become_subreaper if processes.CAN_ADOPT else None,
        )  # fmt: skip
    except (OSError, ValueError) as error:
        os.close(reading)
        raise Unprocessable(f"The check cannot be started: {getattr(error, 'strerror', None) or error}.") from error
    finally:
        os.close(writing)
    return keeper, reading


async def _end(keeper: "subprocess.Popen[bytes]", root: Root, grace: float, reading: "_Reading") -> None:
    await agent_process.end_tree(root, owns_group=True, grace=grace)
    with contextlib.suppress(OSError):
        if keeper.stdin is not None:
            keeper.stdin.close()
    await reading.end()
    with contextlib.suppress(subprocess.TimeoutExpired):
        await asyncio.to_thread(keeper.wait, agent_process.AFTER_KILL)


class _Reading:
    """Reads what the command prints, and its exit code from the keeper, in a thread of its own."""

    def __init__(self, keeper: "subprocess.Popen[bytes]", output: int, log: BoundedLog) -> None:
        self._loop = asyncio.get_running_loop()
        self.exit_code: asyncio.Future[int] = self._loop.create_future()
        self._keeper = keeper
        self._output = output
        self._log = log
        self._leave = threading.Event()
        self._thread = threading.Thread(target=self._read, name="agor check output", daemon=True)
        self._thread.start()

    async def end(self) -> None:
        """Wait for the end of the output, not longer than a few seconds."""
        await asyncio.to_thread(self._thread.join, _DRAINED)
        if self._thread.is_alive():
            self._leave.set()
            await asyncio.to_thread(self._thread.join)

    def _read(self) -> None:
        told = self._keeper.stdout
        if told is None:
            return
        poll = select.poll()
        poll.register(self._output, select.POLLIN | select.POLLHUP)
        poll.register(told, select.POLLIN | select.POLLHUP)
        left = {self._output, told.fileno()}
        try:
            while left and not self._leave.is_set():
                for descriptor, _ in poll.poll(_LOOK * 1000):
                    more = self._take() if descriptor == self._output else self._tell(os.read(descriptor, 64))
                    if not more:
                        poll.unregister(descriptor)
                        left.discard(descriptor)
        finally:
            os.close(self._output)
            told.close()

    def _take(self) -> bool:
        piece = os.read(self._output, PIECE)
        self._log.feed(piece)
        if self._log.taken > FREE:
            time.sleep(len(piece) / PACE)
        return bool(piece)

    def _tell(self, told: bytes) -> bool:
        """Pass the exit code on; 137, as of a killed program, where the command ended the keeper itself."""
        text = told.decode("ascii", "replace").strip()
        self._loop.call_soon_threadsafe(self._set, int(text) if text.isdecimal() else 137)
        return bool(told)

    def _set(self, code: int) -> None:
        if not self.exit_code.done():
            self.exit_code.set_result(code)
