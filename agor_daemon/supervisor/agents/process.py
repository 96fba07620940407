"""One agent process: started in a session of its own, read line by line, and ended with its descendants.

The pipes are read with the event loop's own protocol: stderr is drained whatever else happens, stdout is paused while
nobody takes its lines, and nothing depends on a grandchild closing a pipe that it inherited.
"""

import asyncio
import contextlib
import importlib
import os
import signal
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import cast

from agor_core.config import pidfile
from agor_core.errors import AgentFailed
from agor_daemon import processes
from agor_daemon.supervisor.agents.line_splitter import LineSplitter
from agor_daemon.supervisor.agents.root import Root

STDERR_KEPT = 64 * 1024
PAUSE_ABOVE = 8 * 1024 * 1024
RESUME_BELOW = 2 * 1024 * 1024
PER_LINE = 48
"""Bytes of memory that a line takes besides its content, which counts for millions of short lines."""
END_OF_OUTPUT = 0.5
"""Seconds after the exit in which the last output may arrive, even if a grandchild holds the pipe."""
AFTER_KILL = 5.0
_STDIN, _STDOUT, _STDERR = 0, 1, 2


class AgentProcess(asyncio.SubprocessProtocol):
    """A running program that speaks in lines. Made by :func:`start`; its owner calls :meth:`end` in any case."""

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
        """Whether its output has ended."""
        return self._output_ended

    @property
    def line_too_long(self) -> bool:
        """Whether its output was cut off at a line of more than ``LONGEST`` bytes."""
        return self._splitter.overflowed

    @property
    def stderr_tail(self) -> str:
        """The end of its stderr."""
        return self._stderr.decode("utf-8", errors="replace")

    def last_words(self) -> str:
        """The last line of stderr with printable characters; empty if there is none."""
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

    async def started_since(self, since: float) -> bool:
        """Whether one of its descendants runs that was started since a moment of ``pidfile``."""
        process_tree = await _load_process_tree()
        members = partial(process_tree.members, self.root, owns_group=True, since=since)
        return bool(await asyncio.to_thread(members))

    async def end_started(self, since: float, grace: float) -> int:
        """End those of its descendants that were started since a moment of ``pidfile``; how many there were."""
        return await end_tree(self.root, owns_group=True, grace=grace, since=since)

    async def end(self, grace: float) -> None:
        """End the process and its descendants: TERM, then KILL after ``grace`` seconds. Returns when none is left."""
        try:
            await end_tree(self.root, owns_group=True, grace=grace, meanwhile=self._close_input)
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
    """Raise AgentFailed if a session's folder is gone; a warm agent would not notice."""
    if not cwd.is_dir():
        raise AgentFailed(f"The session's folder {cwd} is not there any more; fork the session to go on.")


async def start(
    command: Sequence[str], *, cwd: Path, environment: Mapping[str, str], mark: Mapping[str, str]
) -> AgentProcess:
    """Start a program in a session of its own, which adopts its descendants. Raises AgentFailed in one sentence.

    So a process that it started stays below it, and is known as the agent's, when the process between them ends.
    """
    check_folder(cwd)
    await _load_process_tree()
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
            preexec_fn=processes.become_subreaper if processes.CAN_ADOPT else None,
        )
    except OSError as error:
        raise AgentFailed(f"The agent's program {command[0]} cannot be started: {error.strerror or error}.") from None
    process.root = Root(process.root.pid, process.root.started, mark)
    return process


async def end_tree(
    root: Root,
    *,
    owns_group: bool,
    grace: float,
    since: float | None = None,
    meanwhile: Callable[[], None] = lambda: None,
) -> int:
    """Send TERM to an agent's processes, and KILL to those left after ``grace`` seconds; how many there were.

    With ``since``, a moment of ``pidfile``, only to those that were started then or later. ``meanwhile`` is called once
    they are found: a root that ends by it leaves the others without a parent that tells whose they are.
    """
    process_tree = await _load_process_tree()
    members = partial(process_tree.members, root, owns_group=owns_group, since=since)
    seen = await asyncio.to_thread(members)
    meanwhile()
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
        if loop.time() < deadline and process_tree.any_runs(seen):
            continue
        seen = await asyncio.to_thread(members, seen=seen)
        if not seen:
            break
        if loop.time() >= deadline:
            process_tree.send(seen, signal.SIGKILL)
    return count


async def _load_process_tree() -> ModuleType:
    """The module that ends processes: loaded in a thread before the first one is started, as it loads psutil."""
    return await asyncio.to_thread(importlib.import_module, "agor_daemon.supervisor.agents.process_tree")


def printable(text: str) -> str:
    """The printable characters of a foreign text, for a sentence."""
    return "".join(c for c in text if c.isprintable()).strip()
