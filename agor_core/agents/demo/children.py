"""Commands run as children, each in its own process group, so that one signal ends all that it started."""

import contextlib
import os
import select
import signal
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

LONGEST_OUTPUT = 200_000
"""The most bytes of output that are kept, the last ones."""
REPORTED_EVERY = 0.25
"""Seconds between two reports of output so far."""
GRACE = 0.3
"""Seconds between SIGTERM and SIGKILL for a cancelled command."""

# A watcher ends the group when this program is gone: it reads a pipe that only this program holds open.
WATCHED = 'exec 3<&0 </dev/null; (read -r _ <&3; kill -KILL 0) >/dev/null 2>&1 & exec 3<&-; exec "$@"'

_groups: set[int] = set()
_lock = threading.Lock()


class ShellCommand:
    """A running command; ``output`` is its stdout and stderr together."""

    def __init__(self, arguments: Sequence[str], cwd: Path) -> None:
        """Start it. Raises OSError."""
        import subprocess  # 3 ms that only a script with a command has to pay

        with _lock:
            self._process = subprocess.Popen(
                ["sh", "-c", WATCHED, "sh", *arguments],
                cwd=cwd,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                process_group=0,
                bufsize=0,
            )
            _groups.add(self._process.pid)
        self._data = bytearray()
        self._cut = 0
        self._ended = threading.Event()

    @property
    def output(self) -> str:
        text = self._data.decode("utf-8", "replace")
        return f"[{self._cut} bytes cut]\n{text}" if self._cut else text

    def wait(self, report: Callable[[str], None]) -> int:
        """Read its output until it ends; ``report`` gets the output so far now and then. The exit code, as in sh.

        What it left running in the background is ended too.
        """
        try:
            self._read(report)
            return self._process.wait()
        finally:
            self._ended.set()
            with _lock:
                _groups.discard(self._process.pid)
            _signal(self._process.pid, signal.SIGKILL)
            self._process.wait()
            for pipe in (self._process.stdin, self._process.stdout):
                if pipe is not None:
                    pipe.close()

    def stop(self) -> None:
        """End the process group with SIGTERM, and with SIGKILL after a moment."""
        _signal(self._process.pid, signal.SIGTERM)
        threading.Thread(target=self._finish, daemon=True).start()

    def _finish(self) -> None:
        if not self._ended.wait(GRACE):
            _signal(self._process.pid, signal.SIGKILL)

    def _read(self, report: Callable[[str], None]) -> None:
        assert self._process.stdout is not None  # noqa: S101 - it was asked for
        source = self._process.stdout.fileno()
        due = time.monotonic() + REPORTED_EVERY
        news = False
        while True:
            if select.select([source], [], [], 0.1)[0]:
                if not (data := os.read(source, 65536)):
                    return
                self._add(data)
                news = True
            elif self._process.poll() is not None:
                return  # something in the background still holds the pipe
            if news and time.monotonic() >= due:
                report(self.output)
                news, due = False, time.monotonic() + REPORTED_EVERY

    def _add(self, data: bytes) -> None:
        self._data += data
        if len(self._data) > 2 * LONGEST_OUTPUT:
            excess = len(self._data) - LONGEST_OUTPUT
            del self._data[:excess]
            self._cut += excess


def end_all() -> None:
    """Kill everything that still runs."""
    with _lock:
        for group in _groups:
            _signal(group, signal.SIGKILL)


def _signal(group: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)
