"""The full-screen app in a real terminal: first paint, memory, what a key and idling cost, beside an empty one."""

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from agor_core.config.paths import Paths
from agor_tui.client import launch
from agor_tui.client.daemon import Daemon
from tests.builders.repositories import new_repository
from tests.fakes.terminal import Terminal

Row = tuple[str, float, str, float | None, str]
RUNS = 5
SESSIONS, MANY = 200, 10_000
LINES = 12_000
IDLE_SECONDS = 10.0
EMPTY_APP = """
from textual.app import App
from textual.widgets import Static
class Empty(App):
    def compose(self):
        yield Static("all there")
Empty().run()
"""


def measure() -> list[Row]:
    """Rows of name, value, unit, ratio to an empty Textual app and goal."""
    with tempfile.TemporaryDirectory(prefix="agor-bench-") as folder:
        paths = Paths(Path(folder) / "home")
        daemon = launch.ensure(paths)
        try:
            long = _long_difference(daemon, paths, Path(folder) / "long")
            _fill(daemon, folder, 0, SESSIONS)
            few = [*_start(paths, folder), *_running(paths, folder)]
            _fill(daemon, folder, SESSIONS, MANY)
            return [*long, *few, *_many(paths, folder), *_searching(daemon)]
        finally:
            launch.stop(paths, force=True)


def _fill(daemon: Daemon, folder: str, first: int, end: int) -> None:
    """Create sessions, five hundred in a call."""
    for start in range(first, end, 500):
        numbers = range(start, min(start + 500, end))
        made = [{"agent": "demo", "cwd": folder, "title": f"Session number {number:05}"} for number in numbers]
        daemon.call("POST", "/sessions", body=made)


def _long_difference(daemon: Daemon, paths: Paths, folder: Path) -> list[Row]:
    """The changes of a session that wrote thousands of lines: from the key to the screen, and a line further."""
    repository = new_repository(folder, {"a.txt": "x\n"})
    write = f"run: seq -f 'line %g of the file = {{}}' {LINES} > long.py"
    made = daemon.create("sessions", {"agent": "demo", "cwd": str(folder), "title": "Long", "prompt": write})
    while daemon.get("sessions", made["session_id"])["current"]["status"] != "completed":
        time.sleep(0.1)
    with _opened(_AGOR, paths, str(repository.path)) as terminal:
        terminal.sees("Long")
        _settle(terminal)
        began = time.perf_counter()
        terminal.press("V")
        _until(terminal, lambda: "line 2 of the file" in terminal.text)
        opened = (time.perf_counter() - began) * 1000
        _settle(terminal)
        times, _ = _moves(terminal)
    return [
        (f"{LINES:,} changed lines, key to the screen", opened, "ms", None, "< 300 ms"),
        (f"{LINES:,} changed lines, a line further, p95", sorted(times)[37], "ms", None, "< 20 ms"),
    ]


def _many(paths: Paths, folder: str) -> list[Row]:
    """First paint and memory with many sessions, and what a key costs then."""
    ours = [_first_paint(_AGOR, paths, folder, "Session number") for _ in range(RUNS)]
    paint, memory = statistics.median(t for t, _ in ours), statistics.median(m for _, m in ours)
    with _opened(_AGOR, paths, folder) as terminal:
        terminal.sees("Session number")
        _settle(terminal)
        times, sizes = _moves(terminal)
    return [
        (f"first paint, {MANY:,} sessions", paint, "s", None, "<= 1.2x that of 200"),
        (f"memory, {MANY:,} sessions", memory, "MB", None, "< 65 MB"),
        (f"a cursor move to the screen, {MANY:,} sessions, p95", sorted(times)[37], "ms", None, "< 20 ms"),
        (f"bytes a cursor move, {MANY:,} sessions", statistics.median(sizes), "bytes", None, "< 1,500"),
    ]


def _searching(daemon: Daemon) -> list[Row]:
    """A search as the app asks it, a letter after the other."""
    times = []
    for asked in ("ses", "sess", "sessi", "number 0", "number 01", "number 012"):
        began = time.perf_counter()
        daemon.call("GET", "/search", query=[("q", asked), ("begun", "true"), ("limit", "100")])
        times.append((time.perf_counter() - began) * 1000)
    return [(f"a letter of a search to its hits, {MANY:,} titles, worst", max(times), "ms", None, "< 50 ms")]


def _start(paths: Paths, folder: str) -> list[Row]:
    empty = [_first_paint([sys.executable, "-c", EMPTY_APP], paths, folder, "all there") for _ in range(RUNS)]
    ours = [_first_paint(_AGOR, paths, folder, "Session number") for _ in range(RUNS)]
    baseline, paint = statistics.median(t for t, _ in empty), statistics.median(t for t, _ in ours)
    blank, memory = statistics.median(m for _, m in empty), statistics.median(m for _, m in ours)
    return [
        ("an empty Textual app, first paint", baseline, "s", None, "baseline"),
        (f"first paint, {SESSIONS} sessions from the daemon", paint, "s", paint / baseline, "<= 0.7 s"),
        (f"memory, {SESSIONS} sessions", memory, "MB", memory / blank, "<= 60 MB"),
    ]


def _running(paths: Paths, folder: str) -> list[Row]:
    with _opened(_AGOR, paths, folder) as terminal:
        terminal.sees("Session number")
        _settle(terminal)
        times, sizes = _moves(terminal)
        before, cpu = terminal.received, _cpu(terminal.pid)
        _settle(terminal, IDLE_SECONDS)
        idle = (_cpu(terminal.pid) - cpu) / IDLE_SECONDS * 100
        return [
            ("a cursor move to the screen, median", statistics.median(times), "ms", None, "p95 <= 20 ms"),
            ("a cursor move to the screen, p95", sorted(times)[37], "ms", None, "<= 20 ms"),
            ("bytes a cursor move", statistics.median(sizes), "bytes", None, "< 2,000"),
            (f"bytes written while idle for {IDLE_SECONDS:.0f} s", terminal.received - before, "bytes", None, "0"),
            ("CPU while idle", idle, "%", None, "<= 0.3 %"),
        ]


def _moves(terminal: Terminal) -> tuple[list[float], list[int]]:
    """Milliseconds until the screen answers a key, and the bytes of it; the preview follows when the cursor rests."""
    times, sizes = [], []
    for number in range(40):
        before, began = terminal.received, time.perf_counter()
        terminal.press("k" if number % 2 else "j")
        terminal.until(lambda before=before: terminal.received > before)
        times.append((time.perf_counter() - began) * 1000)
        _settle(terminal, 0.1)
        sizes.append(terminal.received - before)
        _settle(terminal, 0.2)
    return times, sizes


_AGOR = [sys.executable, "-m", "agor_tui"]


@contextmanager
def _opened(command: list[str], paths: Paths, folder: str) -> Iterator[Terminal]:
    environ = {**os.environ, "AGOR_HOME": str(paths.home), "AGOR_PORT": "0", "TERM": "xterm-256color"}
    terminal = Terminal(command, cwd=Path(folder), environ=environ)
    try:
        yield terminal
    finally:
        terminal.close()


def _first_paint(command: list[str], paths: Paths, folder: str, text: str) -> tuple[float, float]:
    """Seconds until the text stands on the screen, and megabytes then."""
    began = time.perf_counter()
    with _opened(command, paths, folder) as terminal:
        _until(terminal, lambda: text in terminal.text)
        return time.perf_counter() - began, _resident(terminal.pid)


def _until(terminal: Terminal, condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 30
    while not condition() and time.monotonic() < deadline:
        terminal.read(0.005)


def _settle(terminal: Terminal, seconds: float = 1.0) -> None:
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        terminal.read(left)


def _resident(pid: int) -> float:
    pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def _cpu(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
