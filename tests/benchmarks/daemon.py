"""The daemon as a program: how soon it answers, what it weighs, and calls as ratios to its own ``/health``."""

import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from agor_core.config.paths import Paths
from tests.benchmarks.feed import Feeds
from tests.builders.big_stores import big_store, identity
from tests.builders.daemons import Program, program
from tests.builders.http import Caller, exchange

Measures = list[tuple[str, float, str, float | None, str]]

STARTS = 5
ROUNDS = 6
IN_A_ROUND = 50
SMALL, LARGE = 10_000, 100_000
TINY = 100
NEWEST = "$sort[created_at]=-1"


def measure() -> Measures:
    """Start-up and memory; calls on 100, 10,000 and 100,000 sessions; the feed."""
    with tempfile.TemporaryDirectory() as folder:
        homes = {count: Path(folder) / str(count) for count in (TINY, SMALL, LARGE)}
        for count, home in homes.items():
            big_store(Paths(home), count)
        rows = _starts(homes[TINY])
        tiny = asyncio.run(_calls(homes[TINY], TINY))
        small = asyncio.run(_calls(homes[SMALL], SMALL))
        large = asyncio.run(_calls(homes[LARGE], LARGE))
        return rows + _compared(tiny, small, large) + asyncio.run(_feeds(Path(folder) / "feed"))


def _starts(home: Path) -> Measures:
    bare, seconds, memory = [], [], []
    for _ in range(STARTS):
        began = time.perf_counter()
        subprocess.run([sys.executable, "-c", "pass"], check=True)
        bare.append(time.perf_counter() - began)
        began = time.perf_counter()
        with program(home) as it:
            health = asyncio.run(_on(it).get("/health"))
            seconds.append(time.perf_counter() - began)
            memory.append(health["memory_mb"])
    start = statistics.median(seconds)
    return [
        ("cold start to healthy", start, "s", start / statistics.median(bare), "< 1.0 s; ratio to python -c pass"),
        ("memory, idle", statistics.median(memory), "MB", None, "< 110 MB"),
    ]


async def _calls(home: Path, count: int) -> dict[str, float]:
    """Milliseconds of each call on one open connection; the calls take turns, so that all see the same machine."""
    with program(home) as it:
        caller = _on(it)
        reader, writer = await caller.connect()

        async def call(method: str, path: str, body: Any = None) -> Any:
            answer = await exchange(reader, writer, caller.request(method, path, body, headers=[("Host", "x")]), method)
            assert answer.status < 300, answer.raw
            return answer

        full, short = identity(count // 2)
        number = iter(range(10**9))
        cwd = str(home.parent)
        works: dict[str, Callable[[], Awaitable[Any]]] = {
            "health": lambda: call("GET", "/health"),
            "get": lambda: call("GET", f"/sessions/{short}"),
            "list": lambda: call("GET", f"/sessions?{NEWEST}&$total=false"),
            "status": lambda: call("GET", f"/sessions?{NEWEST}&status=failed&$total=false"),
            "counted again": lambda: call("GET", f"/sessions?{NEWEST}"),
            "create": lambda: call("POST", "/sessions", {"agent": "demo", "title": "a", "cwd": cwd}),
            "patch": lambda: call("PATCH", f"/sessions/{full}", {"title": str(next(number))}),
        }
        figures = {**await _in_turns(works), "floor": _durable_floor(home)}
        figures["counted"] = await _after(works["patch"], works["counted again"])
        figures["memory"] = (await call("GET", "/health")).body["memory_mb"]
        writer.close()
        return figures


def _durable_floor(folder: Path) -> float:
    """Milliseconds of what no durable write here can be quicker than."""
    times = []
    with (folder / "floor").open("wb", buffering=0) as file:
        for _ in range(ROUNDS * IN_A_ROUND):
            began = time.perf_counter()
            file.write(b"x" * 4096)
            os.fdatasync(file.fileno())
            times.append(time.perf_counter() - began)
    return statistics.median(times) * 1000


async def _in_turns(works: dict[str, Callable[[], Awaitable[Any]]]) -> dict[str, float]:
    times: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(ROUNDS):
        for name, work in works.items():
            for number in range(-5, IN_A_ROUND):
                began = time.perf_counter()
                await work()
                if number >= 0:
                    times[name].append(time.perf_counter() - began)
    return {name: statistics.median(taken) * 1000 for name, taken in times.items()}


async def _after(change: Callable[[], Awaitable[Any]], work: Callable[[], Awaitable[Any]]) -> float:
    """Milliseconds of a call each time that something has changed since the last."""
    times = []
    for _ in range(IN_A_ROUND):
        await change()
        began = time.perf_counter()
        await work()
        times.append(time.perf_counter() - began)
    return statistics.median(times) * 1000


def _compared(tiny: dict[str, float], small: dict[str, float], large: dict[str, float]) -> Measures:
    def row(name: str, of: dict[str, float], key: str, goal: str) -> tuple[str, float, str, float | None, str]:
        return name, of[key], "ms", of[key] / of["health"], goal

    return [
        ("/health on an open connection", small["health"], "ms", None, "the baseline of what follows"),
        (
            "a durable write of 4 KB, by itself",
            small["floor"],
            "ms",
            small["floor"] / small["health"],
            "the disk's floor",
        ),
        row("create a session, durable, of 10,000", small, "create", "<= 10x, < 5 ms; peer: 11-13 ms"),
        row("patch one, durable, of 10,000", small, "patch", "peer: 6.8 ms"),
        row("get by short id, of 100", tiny, "get", "<= 5x"),
        row("get by short id, of 10,000", small, "get", "<= 5x; peer: 5.8 ms"),
        row("get by short id, of 100,000", large, "get", "<= 5x, as of 100"),
        row("list 100 of 10,000, uncounted", small, "list", "<= 10x, < 6 ms"),
        row("list 100 of 100,000, uncounted", large, "list", "<= 10x, < 6 ms"),
        ("  100,000 to 10,000", large["list"] / small["list"], "x", None, "<= 1.3"),
        row("list 100 of 10,000 by status", small, "status", "peer: 128 ms"),
        row("list 100 of 10,000, counted after a change", small, "counted", "<= 16x, < 10 ms; peer: 564 ms"),
        row("list 100 of 100,000, counted after a change", large, "counted", "<= 16x, < 10 ms"),
        row("list 100 of 100,000, counted, nothing changed", large, "counted again", "<= 10x"),
        ("memory, after lists of 100,000", large["memory"], "MB", None, "< 180 MB; peer: 354-614 MB"),
    ]


async def _feeds(home: Path) -> Measures:
    with program(home) as it:
        caller = _on(it)
        session = await caller.post("/sessions", {"agent": "demo", "title": "a"})
        return await Feeds(it, caller, session["session_id"]).measures()


def _on(it: Program) -> Caller:
    return Caller(socket=Path(it.said["socket"]))
