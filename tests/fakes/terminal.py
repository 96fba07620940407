"""A terminal to run the real app in: a pseudo-terminal with pyte as its screen."""

import contextlib
import fcntl
import os
import pty
import select
import signal
import struct
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pyte

KEYS = {
    "enter": "\r",
    "escape": "\x1b",
    "tab": "\t",
    "up": "\x1b[A",
    "down": "\x1b[B",
    "ctrl+j": "\n",
    "ctrl+p": "\x10",
    "ctrl+c": "\x03",
    "ctrl+z": "\x1a",
}
LAST = 4_000_000
"""Bytes of the output that are kept as they came."""


class Terminal:
    """One program in a terminal of its own; ``received`` counts the bytes that it has written."""

    def __init__(
        self, command: Sequence[str], *, cwd: Path, environ: Mapping[str, str], size: tuple[int, int] = (120, 40)
    ) -> None:
        self.screen = pyte.Screen(*size)
        self.received = 0
        self.written = b""
        """The last that came, as it came."""
        self.ended: int | None = None
        self._stream = pyte.ByteStream(self.screen)
        self.pid, self._descriptor = pty.fork()
        if self.pid == 0:
            os.chdir(cwd)
            os.execvpe(command[0], list(command), dict(environ))
        self.resize(*size)

    def resize(self, columns: int, rows: int) -> None:
        """Another size, as a window manager would say it."""
        self.screen.resize(rows, columns)
        fcntl.ioctl(self._descriptor, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def press(self, *keys: str) -> None:
        """Keys by name, or text as it is."""
        for key in keys:
            os.write(self._descriptor, KEYS.get(key, key).encode())

    @property
    def text(self) -> str:
        return "\n".join(line.rstrip() for line in self.screen.display)

    def read(self, seconds: float) -> None:
        """Take in what is written within some time."""
        ready, _, _ = select.select([self._descriptor], [], [], seconds)
        if not ready:
            return
        try:
            data = os.read(self._descriptor, 65536)
        except OSError:
            data = b""
        if data:
            self.received += len(data)
            self.written = (self.written + data)[-LAST:]
            self._stream.feed(data)
        elif self.ended is None:
            _, status = os.waitpid(self.pid, 0)
            self.ended = os.waitstatus_to_exitcode(status)

    def until(self, condition: Callable[[], object], seconds: float = 30) -> None:
        """Wait until something is so."""
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, f"not so in {seconds} s; the screen:\n{self.text}"
            self.read(0.05)

    def sees(self, text: str, seconds: float = 30) -> None:
        self.until(lambda: text in self.text, seconds)

    def misses(self, text: str, seconds: float = 30) -> None:
        self.until(lambda: text not in self.text, seconds)

    def signal(self, number: signal.Signals) -> None:
        """Send the program a signal."""
        os.kill(self.pid, number)

    @property
    def modes(self) -> list[int]:
        """The terminal's settings (input, output, control and local flags), as programs find them."""
        return [flag for flag in termios.tcgetattr(self._descriptor)[:4] if isinstance(flag, int)]

    def hang_up(self) -> None:
        """The terminal goes away."""
        os.close(self._descriptor)

    def close(self) -> None:
        """End the program, if it has not ended."""
        if self.ended is None:
            with contextlib.suppress(ProcessLookupError, ChildProcessError):
                os.kill(self.pid, signal.SIGKILL)
                os.waitpid(self.pid, 0)
            self.ended = -9
        with contextlib.suppress(OSError):
            os.close(self._descriptor)
