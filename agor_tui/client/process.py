"""The daemon's process: starting it until it reports ready, signalling it, and waiting for its end."""

import json
import os
import select
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import IO

from agor_core.agents.environment import daemon_environment
from agor_core.config import pidfile, private_file
from agor_core.config.paths import Paths
from agor_core.config.pidfile import DaemonInfo
from agor_core.config.settings import load_valid
from agor_core.errors import AgorError

POLL_SECONDS = 0.02
OUTPUT_BYTES = 1_000_000
"""Size of the process's output file above which the next start truncates it."""
ALREADY_RUNNING = 5
"""The exit code in the daemon's report if another daemon has the home."""

_started: list[subprocess.Popen[bytes]] = []
"""Child processes that were started here and are not reaped."""


class StopFailed(AgorError):
    """The daemon did not end."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """The reason why a started daemon did not become ready."""

    reason: str
    home_is_taken: bool = False


def command(*arguments: str) -> list[str]:
    """The command line of the daemon's program."""
    return [sys.executable, "-m", "agor_daemon", *arguments]


def environment(paths: Paths) -> dict[str, str]:
    """The environment of the daemon's program: what it and its agents use of ours, and the home."""
    settings, _ = load_valid(paths.config)
    inherited = [name for agent in settings.agents.values() for name in agent.inherit]
    return {**daemon_environment(os.environ, inherited), "AGOR_HOME": str(paths.home)}


SHORTEST_SAID = 1.5
"""Seconds; a shorter wait is what was left of one."""


def launched(paths: Paths, seconds: float) -> Refusal | None:
    """Start the process and wait up to ``seconds`` until it is ready; answers a Refusal if it is not."""
    deadline = time.monotonic() + seconds
    readable, writable = os.pipe()
    with os.fdopen(readable, "rb", buffering=0) as ready:
        try:
            with _output(paths) as output:
                before = output.tell()
                process = subprocess.Popen(
                    command("run", "--ready-fd", str(writable)),
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=output,
                    pass_fds=(writable,),
                    start_new_session=True,
                    cwd=paths.home,
                    env=environment(paths),
                )
        except OSError as error:
            return Refusal(f"The daemon cannot be started: {error.strerror or error}.")
        finally:
            os.close(writable)
        _started.append(process)
        line = _first_line(ready.fileno(), deadline)
    if line is None:
        process.kill()
        when = f"after {seconds:.0f} seconds" if seconds >= SHORTEST_SAID else "in time"
        return Refusal(f"The daemon was not ready {when}; its log is {paths.daemon_log}.")
    return _heard(line, paths, before)


def _output(paths: Paths) -> IO[bytes]:
    """Open the file for the process's output; the log is another file, as every line of that is a JSON object."""
    file = paths.daemon_output
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
    if file.exists() and file.stat().st_size > OUTPUT_BYTES:
        flags |= os.O_TRUNC
    output = os.fdopen(private_file.open_regular(file, flags), "ab")
    output.seek(0, os.SEEK_END)
    return output


def _heard(line: bytes, paths: Paths, before: int) -> Refusal | None:
    try:
        answer = json.loads(line)
    except ValueError:
        answer = None
    match answer:
        case {"ready": True}:
            return None
        case {"error": str(reason), "exit": code}:
            return Refusal(reason, home_is_taken=code == ALREADY_RUNNING)
        case _:
            return Refusal(_last_words(paths, before))


def _last_words(paths: Paths, before: int) -> str:
    """The reason for an end without a report: the last line of the output after its first ``before`` bytes."""
    said = private_file.read(paths.daemon_output)[before:].decode("utf-8", "replace").strip()
    why = f": {said.splitlines()[-1].rstrip('.')}" if said else ""
    return f"The daemon ended before it was ready{why}; see {paths.daemon_output} and {paths.daemon_log}."


def _first_line(descriptor: int, deadline: float) -> bytes | None:
    """Read the first line, or all up to the end of the pipe; None at the deadline."""
    received = b""
    while b"\n" not in received:
        left = deadline - time.monotonic()
        if left <= 0 or not select.select([descriptor], [], [], left)[0]:
            return None
        piece = os.read(descriptor, 65536)
        if not piece:
            break
        received += piece
    return received.partition(b"\n")[0]


def signalled(info: DaemonInfo, number: signal.Signals) -> bool:
    """Send a signal to the daemon, never to another process with its pid; False if it has ended. Raises StopFailed."""
    try:
        if not hasattr(os, "pidfd_open"):
            if pidfile.is_alive(info):
                os.kill(info.pid, number)
            return pidfile.is_alive(info)
        descriptor = os.pidfd_open(info.pid)
        try:
            if not pidfile.is_alive(info):
                return False
            signal.pidfd_send_signal(descriptor, number)
        finally:
            os.close(descriptor)
    except ProcessLookupError:
        return False
    except PermissionError:
        raise StopFailed(f"The daemon (pid {info.pid}) belongs to another user.") from None
    return True


def gone(info: DaemonInfo, seconds: float) -> bool:
    """Wait up to ``seconds`` for the end of the process; whether it ended."""
    deadline = time.monotonic() + seconds
    while pidfile.is_alive(info):
        reap()
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL_SECONDS)
    reap()
    return True


def reap() -> None:
    """Reap the child processes that have ended."""
    _started[:] = [process for process in _started if process.poll() is None]
