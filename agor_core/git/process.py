"""Runs git: without a shell, with a timeout and a bound on its output, and with no process or file left behind."""

import asyncio
import contextlib
import os
import re
import signal
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from agor_core.errors import GitFailed
from agor_core.git.environment import environment
from agor_core.git.porcelain import reason

DEFAULT_TIMEOUT = 120.0
LARGEST_OUTPUT = 256 * 1024 * 1024
LARGEST_STDERR = 64 * 1024
TRIES = 5
PAUSE = 0.05
LOWEST_PRIORITY = 19
_HALF_MADE = re.compile(rb"failed to read .*/commondir: Success")
LAST_WAIT = 5.0
"""Seconds to wait for a killed process, in case a process outside of its group holds its output open."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The end of a git process; ``cut`` is True if it was ended because its output exceeded the limit."""

    code: int
    stdout: bytes
    stderr: bytes
    cut: bool = False


async def git(
    *arguments: str,
    cwd: Path,
    stdin: bytes | None = None,
    env: Mapping[str, str] | None = None,
    config: Iterable[tuple[str, str]] = (),
    timeout: float = DEFAULT_TIMEOUT,
) -> bytes:
    """Run git and return its standard output.

    Raises:
        GitFailed: git is missing, the folder is missing, git answered with an error, took more than ``timeout``
            seconds, or printed more than 256 MB.
    """
    outcome = await attempt(*arguments, cwd=cwd, stdin=stdin, env=env, config=config, timeout=timeout)
    if outcome.cut:
        raise GitFailed(f"git {arguments[0]} printed more than {LARGEST_OUTPUT // 2**20} MB.")
    if outcome.code != 0:
        raise failure(outcome, *arguments)
    return outcome.stdout


def failure(outcome: Outcome, *arguments: str) -> GitFailed:
    """The error for an outcome: the failed command and git's error."""
    said = reason(outcome.stderr) or f"it ended with code {outcome.code}"
    return GitFailed(f"git {arguments[0]} failed: {said}.", stderr=outcome.stderr.decode("utf-8", "replace"))


async def attempt(
    *arguments: str,
    cwd: Path,
    stdin: bytes | None = None,
    env: Mapping[str, str] | None = None,
    config: Iterable[tuple[str, str]] = (),
    timeout: float = DEFAULT_TIMEOUT,
    limit: int = LARGEST_OUTPUT,
    background: bool = False,
) -> Outcome:
    """Like :func:`git`, for callers that read the exit code or want only the first ``limit`` bytes.

    In the ``background`` it leaves the processor to everything else. Git gives up where it meets another worktree that
    is just being made; then it is asked again.
    """
    tries = 0
    while True:
        outcome = await _once(
            *arguments,
            cwd=cwd,
            stdin=stdin,
            env=env,
            config=config,
            timeout=timeout,
            limit=limit,
            background=background,
        )
        tries += 1
        if tries == TRIES or outcome.code == 0 or not _HALF_MADE.search(outcome.stderr):
            return outcome
        await asyncio.sleep(PAUSE)


async def _once(
    *arguments: str,
    cwd: Path,
    stdin: bytes | None,
    env: Mapping[str, str] | None,
    config: Iterable[tuple[str, str]],
    timeout: float,
    limit: int,
    background: bool,
) -> Outcome:
    collector = _Collector(limit)
    loop = asyncio.get_running_loop()
    starting = asyncio.ensure_future(
        loop.subprocess_exec(
            lambda: collector,
            "git",
            *arguments,
            stdin=asyncio.subprocess.DEVNULL if stdin is None else asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            cwd=os.fspath(cwd),
            env=environment(os.environ, env, config),
            start_new_session=True,
        )
    )
    try:
        transport, _ = await asyncio.shield(starting)
    except OSError as error:
        raise not_started(cwd, error) from error
    except asyncio.CancelledError:  # it is being started all the same
        with contextlib.suppress(OSError):
            transport, _ = await starting
            await _release(transport, collector.ended)
        raise
    try:
        if background:
            _lower_priority(transport.get_pid())
        _feed(transport, stdin)
        async with asyncio.timeout(timeout):
            await asyncio.shield(collector.ended)
    except TimeoutError as error:
        raise GitFailed(f"git {arguments[0]} took longer than {timeout:g} seconds and was ended.") from error
    finally:
        await _release(transport, collector.ended)
    code = transport.get_returncode()
    return Outcome(
        -1 if code is None else code, b"".join(collector.stdout), b"".join(collector.stderr), collector.too_much
    )


class _Collector(asyncio.SubprocessProtocol):
    def __init__(self, limit: int) -> None:
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.stdout: list[bytes] = []
        self.stderr: list[bytes] = []
        self.too_much = False
        self._room = {1: limit, 2: LARGEST_STDERR}
        self._transport: asyncio.SubprocessTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.SubprocessTransport", transport)  # uvloop's is no subclass

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        kept = data[: self._room[fd]]
        self._room[fd] -= len(kept)
        (self.stdout if fd == 1 else self.stderr).append(kept)
        if fd == 1 and len(kept) < len(data) and not self.too_much and self._transport is not None:
            self.too_much = True
            end(self._transport)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio passes it by position
        if not self.ended.done():
            self.ended.set_result(None)


def end(transport: asyncio.SubprocessTransport) -> None:
    """Kill the process and its group, unless it has ended."""
    if transport.get_returncode() is None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(transport.get_pid(), signal.SIGKILL)


def _lower_priority(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.setpriority(os.PRIO_PGRP, pid, LOWEST_PRIORITY)


def _feed(transport: asyncio.SubprocessTransport, stdin: bytes | None) -> None:
    if stdin is not None:
        pipe = cast("asyncio.WriteTransport", transport.get_pipe_transport(0))
        pipe.write(stdin)
        pipe.close()


async def _release(transport: asyncio.SubprocessTransport, ended: asyncio.Future[None]) -> None:
    try:
        if not ended.done():
            end(transport)
            await asyncio.wait([ended], timeout=LAST_WAIT)
    finally:
        transport.close()


def not_started(cwd: Path, error: OSError) -> GitFailed:
    """The error for a git process that could not be started."""
    if not cwd.is_dir():
        return GitFailed(f"The folder {cwd} does not exist.")
    if isinstance(error, FileNotFoundError):
        return GitFailed("Git is not installed: there is no git on PATH.")
    return GitFailed(f"Git could not be started: {error.strerror or error}.")
