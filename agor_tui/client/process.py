"""The daemon's process: how it is run, what it says when it is ready, how it is signalled and waited for."""

import json
import os
import select
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import IO

from agor_core.config import pidfile
from agor_core.config.paths import Paths
from agor_core.config.pidfile import DaemonInfo
from agor_core.errors import AgorError

POLL_SECONDS = 0.02
OUTPUT_BYTES = 1_000_000
"""What the daemon's process says is begun anew when there is more than that."""
ALREADY_RUNNING = 5
"""What the daemon says instead of its exit code when another one has the home."""

_started: list[subprocess.Popen[bytes]] = []
"""Daemons that this process started and has not reaped."""


class StopFailed(AgorError):
    """The daemon did not end."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a daemon that was started did not come up."""

    reason: str
    home_is_taken: bool = False


def command(*arguments: str) -> list[str]:
    """The command line of the daemon's own program."""
    return [sys.executable, "-m", "agor_daemon", *arguments]


def environment(paths: Paths) -> dict[str, str]:
    """The environment for the daemon's own program: ours, with the home said explicitly.

    Without the session that we are called from, if we are: the daemon outlives it and serves them all.
    """
    inherited = {name: value for name, value in os.environ.items() if name != "AGOR_SESSION_ID"}
    return {**inherited, "AGOR_HOME": str(paths.home)}


def launched(paths: Paths, seconds: float) -> Refusal | None:
    """Start the process and wait until it is ready: None, or why it is not."""
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
        return Refusal(f"The daemon was not ready after {seconds:.0f} seconds; its log is {paths.daemon_log}.")
    return _heard(line, paths, before)


def _output(paths: Paths) -> IO[bytes]:
    """Beside the log, which is the daemon's own, and in which every line is an object."""
    file = paths.daemon_output
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
    if file.exists() and file.stat().st_size > OUTPUT_BYTES:
        flags |= os.O_TRUNC
    output = os.fdopen(os.open(file, flags, 0o600), "ab")
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
    """Why it ended without a reason: the last line of what it said since its output had ``before`` bytes."""
    said = paths.daemon_output.read_bytes()[before:].decode("utf-8", "replace").strip()
    why = f": {said.splitlines()[-1].rstrip('.')}" if said else ""
    return f"The daemon ended before it was ready{why}; see {paths.daemon_output} and {paths.daemon_log}."


def _first_line(descriptor: int, deadline: float) -> bytes | None:
    """What comes before the first line's end or the end of all; None if neither comes in time."""
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
    """Signal the very process of the entry, never another with its pid; False if it is gone. Raises StopFailed."""
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
    """Whether the process ends within these seconds."""
    deadline = time.monotonic() + seconds
    while pidfile.is_alive(info):
        reap()
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL_SECONDS)
    reap()
    return True


def reap() -> None:
    """Take leave of the daemons that this process started and that have ended."""
    _started[:] = [process for process in _started if process.poll() is None]
