"""From a commit to the frames of many clients, what idle clients weigh, and what one that never reads costs others."""

import asyncio
import statistics
import time
from contextlib import AsyncExitStack
from typing import Any

import msgspec
from websockets.asyncio.client import ClientConnection, unix_connect

from tests.builders.daemons import Program
from tests.builders.http import Caller

Measures = list[tuple[str, float, str, float | None, str]]

ROUNDS = 150
FOLLOWERS = 100
IDLE = 1_000
BIG = "x" * 10_000


class Feeds:
    """The clients of one daemon, which patches one session again and again."""

    def __init__(self, it: Program, caller: Caller, session_id: str) -> None:
        self._socket = it.said["socket"]
        self._caller = caller
        self._path = f"/sessions/{session_id}"
        self._number = 0

    async def measures(self) -> Measures:
        """All rows; each set of clients has left before the next comes."""
        health = await self._health()
        async with AsyncExitStack() as one:
            alone = await self._to_last([await self._follow(one)])
        async with AsyncExitStack() as many:
            hundred = await self._to_last([await self._follow(many) for _ in range(FOLLOWERS)])
        async with AsyncExitStack() as with_stuck:
            quick = await self._follow(with_stuck)
            await self._stuck(with_stuck)
            beside = await self._to_last([quick], description=BIG)
        before = await self._memory()
        async with AsyncExitStack() as idle:
            for _ in range(IDLE):
                await self._follow(idle)
            more = await self._memory() - before
            crowded = await self._health()
        return [
            self._row("commit to frame, one client, median", statistics.median(alone), health, "< 10 ms; peer: 9.7 ms"),
            self._row("commit to frame, last of 100, median", statistics.median(hundred), health, "peer: 25 ms"),
            self._row("commit to frame, last of 100, p99", _p99(hundred), health, "< 50 ms"),
            self._row("the same beside one that never reads, p99", _p99(beside), health, "unchanged, 10 KB frames"),
            (f"memory of {IDLE:,} idle clients", more, "MB", None, "< 100 MB"),
            self._row("/health beside them", crowded, health, "unchanged"),
        ]

    def _row(self, name: str, ms: float, health: float, goal: str) -> tuple[str, float, str, float | None, str]:
        return name, ms, "ms", ms / health, goal

    async def _follow(self, stack: AsyncExitStack) -> ClientConnection:
        opened = unix_connect(
            self._socket, "ws://localhost/feed", compression=None, ping_interval=None, close_timeout=1
        )
        client = await stack.enter_async_context(opened)
        await client.recv()
        return client

    async def _stuck(self, stack: AsyncExitStack) -> None:
        """A client that takes its handshake and then nothing."""
        reader, writer = await self._caller.connect()
        writer.write(
            b"GET /feed HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        )
        await reader.readuntil(b"\r\n\r\n")
        writer.transport.pause_reading()  # type: ignore[attr-defined]
        stack.callback(writer.transport.abort)

    async def _to_last(self, clients: list[ClientConnection], **fields: Any) -> list[float]:
        """Milliseconds from the sending of a patch to the arrival at the last client."""
        times = []
        for _ in range(ROUNDS):
            self._number += 1
            began = time.perf_counter()
            arriving = [asyncio.create_task(_arrival(client)) for client in clients]
            answer = await self._caller.call("PATCH", self._path, {"title": str(self._number), **fields})
            assert answer.status == 200, answer.raw
            if fields:
                fields["description"] = f"{fields['description'][:-6]}{self._number:06}"
            times.append((max(await asyncio.gather(*arriving)) - began) * 1000)
        return times

    async def _health(self) -> float:
        times = []
        for _ in range(ROUNDS):
            began = time.perf_counter()
            await self._caller.get("/health")
            times.append(time.perf_counter() - began)
        return statistics.median(times) * 1000

    async def _memory(self) -> float:
        return float((await self._caller.get("/health"))["memory_mb"])


async def _arrival(client: ClientConnection) -> float:
    data = await client.recv()
    arrived = time.perf_counter()
    assert msgspec.json.decode(data)["type"] == "change"
    return arrived


def _p99(times: list[float]) -> float:
    return sorted(times)[int(len(times) * 0.99)]
