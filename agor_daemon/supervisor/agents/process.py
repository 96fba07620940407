"""One agent process: started in a session of its own, its lines read, its stderr kept as a tail, ended as a whole.

The pipes are read with the event loop's own protocol: stderr is drained whatever else happens, stdout is paused while
nobody takes its lines, and nothing depends on a grandchild closing a pipe that it inherited.
"""

import asyncio
import contextlib
import os
import signal
from collections import deque
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import cast

from agor_core.config import pidfile
from agor_core.errors import AgentFailed
from agor_daemon.supervisor.agents import process_tree
from agor_daemon.supervisor.agents.line_splitter import LineSplitter
from agor_daemon.supervisor.agents.process_tree import Root

STDERR_KEPT = 64 * 1024
PAUSE_ABOVE = 8 * 1024 * 1024
RESUME_BELOW = 2 * 1024 * 1024
PER_LINE = 48
"""Bytes that a line takes besides its own; by the million, short ones are mostly that."""
END_OF_OUTPUT = 0.5
"""Seconds after the process is gone in which its last output may still arrive; a grandchild may hold the pipe."""
AFTER_KILL = 5.0
_STDIN, _STDOUT, _STDERR = 0, 1, 2


class AgentProcess(asyncio.SubprocessProtocol):
    """A running program that speaks in lines. Made by :func:`start`, to be ended by :meth:`end`, whatever happens."""

    def __init__(self) -> None:
        self.exited = asyncio.Event()
        self.root = Root(0, "")
        self._lines: deque[bytes] = deque()
        self._held = 0
        self._paused = False
        self._splitter = LineSplitter()
        self._output_ended = False
        self._arrived = asyncio.Event()
        self._stderr = bytearray()
        self._input_open = True
        self._transport: asyncio.SubprocessTransport | None = None

    @property
    def transport(self) -> asyncio.SubprocessTransport:
        if self._transport is None:
            raise AgentFailed("The agent's process was not started.")
        return self._transport

    @property
    def returncode(self) -> int | None:
        """The exit code, negative for a signal; None while it runs."""
        return self.transport.get_returncode()

    @property
    def output_ended(self) -> bool:
        """Whether it will say nothing more."""
        return self._output_ended

    @property
    def line_too_long(self) -> bool:
        """Whether its output ended for us at a line of more than ``LONGEST`` bytes."""
        return self._splitter.overflowed

    @property
    def stderr_tail(self) -> str:
        """The last that it wrote to stderr."""
        return self._stderr.decode("utf-8", errors="replace")

    def last_words(self) -> str:
        """The last line of stderr that says something, in printable characters; empty if there is none."""
        for line in reversed(self.stderr_tail.splitlines()):
            if words := printable(line):
                return words[:300]
        return ""

    def send(self, data: bytes) -> None:
        """Write to its stdin. Raises ConnectionError if that is closed."""
        pipe = cast("asyncio.WriteTransport | None", self.transport.get_pipe_transport(_STDIN))
        if not self._input_open or pipe is None or pipe.is_closing():
            raise ConnectionError("The agent reads no more.")
        pipe.write(data)

    async def receive(self) -> bytes | None:
        """The next line of its stdout; None at the end."""
        while not self._lines:
            if self._output_ended:
                return None
            self._arrived.clear()
            await self._arrived.wait()
        line = self._lines.popleft()
        self._held -= len(line) + PER_LINE
        if self._paused and self._held < RESUME_BELOW:
            self._paused = False
            self._stdout().resume_reading()
        return line

    async def end(self, grace: float) -> None:
        """End it and all that it started: TERM, then KILL after ``grace`` seconds. Returns when none is left."""
        self._close_input()
        try:
            await end_tree(self.root, owns_group=True, grace=grace)
        finally:
            self._end_output()
            self.transport.close()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.exited.wait(), AFTER_KILL)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.SubprocessTransport", transport)
        pid = self._transport.get_pid()
        self.root = Root(pid, pidfile.start_time(pid) or "")

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        if fd == _STDERR:
            self._stderr += data
            del self._stderr[:-STDERR_KEPT]
            return
        self._take(self._splitter.feed(data))
        if self._splitter.overflowed:
            self._end_output()
        if self._held > PAUSE_ABOVE and not self._paused:
            self._paused = True
            self._stdout().pause_reading()

    def pipe_connection_lost(self, fd: int, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        if fd == _STDIN:
            self._input_open = False
        if fd == _STDOUT:
            self._end_output()

    def process_exited(self) -> None:
        self.exited.set()
        if not self._output_ended:
            asyncio.get_running_loop().call_later(END_OF_OUTPUT, self._end_output)

    def _take(self, lines: list[bytes]) -> None:
        self._lines.extend(lines)
        self._held += sum(map(len, lines)) + PER_LINE * len(lines)
        self._arrived.set()

    def _end_output(self) -> None:
        if not self._output_ended:
            self._output_ended = True
            self._take(self._splitter.rest())

    def _close_input(self) -> None:
        self._input_open = False
        if (pipe := self.transport.get_pipe_transport(_STDIN)) is not None:
            pipe.close()

    def _stdout(self) -> asyncio.ReadTransport:
        return cast("asyncio.ReadTransport", self.transport.get_pipe_transport(_STDOUT))


def check_folder(cwd: Path) -> None:
    """Raise AgentFailed if a session's folder is gone; an agent that is warm would work on in nowhere."""
    if not cwd.is_dir():
        raise AgentFailed(f"The session's folder {cwd} is not there any more; fork the session to go on.")


async def start(
    command: Sequence[str], *, cwd: Path, environment: Mapping[str, str], mark: tuple[bytes, ...]
) -> AgentProcess:
    """Start a program in a session of its own. Raises AgentFailed in one sentence."""
    check_folder(cwd)
    try:
        _, process = await asyncio.get_running_loop().subprocess_exec(
            AgentProcess,
            *command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            cwd=os.fspath(cwd),
            env=dict(environment),
            start_new_session=True,
            close_fds=True,
        )
    except OSError as error:
        raise AgentFailed(f"The agent's program {command[0]} cannot be started: {error.strerror or error}.") from None
    process.root = Root(process.root.pid, process.root.started, mark)
    return process


async def end_tree(root: Root, *, owns_group: bool, grace: float) -> int:
    """TERM to an agent's processes, KILL to those left after ``grace`` seconds; how many there were."""
    if not process_tree.available():
        return await _end_group(root.pid, grace) if owns_group else 0
    seen = await asyncio.to_thread(process_tree.members, root, owns_group=owns_group)
    count = len(seen)
    if not seen:
        return 0
    process_tree.send(seen, signal.SIGTERM)
    loop = asyncio.get_running_loop()
    deadline, pause = loop.time() + grace, 0.01
    last = deadline + AFTER_KILL
    while loop.time() < last:
        await asyncio.sleep(pause)
        pause = min(pause * 1.5, 0.2)
        seen = await asyncio.to_thread(process_tree.members, root, owns_group=owns_group)
        if not seen:
            break
        if loop.time() >= deadline:
            process_tree.send(seen, signal.SIGKILL)
    return count


async def _end_group(pid: int, grace: float) -> int:
    if not process_tree.signal_group(pid, signal.SIGTERM):
        return 0
    loop = asyncio.get_running_loop()
    deadline = loop.time() + grace
    while process_tree.signal_group(pid, 0) and loop.time() < deadline:  # noqa: ASYNC110 - nothing tells of it
        await asyncio.sleep(0.05)
    process_tree.signal_group(pid, signal.SIGKILL)
    return 1


def printable(text: str) -> str:
    """What of a foreign text can be shown in a sentence."""
    return "".join(c for c in text if c.isprintable()).strip()
