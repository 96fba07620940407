"""Clients that come and go: the daemon's file descriptors are what they were.

200 times on each way in, or 5,000 with AGOR_FAULTS=long.
"""

import asyncio
import contextlib
import os
import sys
from pathlib import Path

import pytest
from websockets.asyncio.client import connect, unix_connect

from tests.builders.daemons import Program, program

LONG = os.environ.get("AGOR_FAULTS") == "long"
TIMES = 5_000 if LONG else 200


def descriptors(it: Program) -> int:
    """Without the store's, which opens its few connections when it first needs them."""
    targets = []
    for link in Path(f"/proc/{it.process.pid}/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):
            targets.append(str(link.readlink()))
    return sum("agor.db" not in target for target in targets)


async def once(it: Program, number: int) -> None:
    """A client of one of four kinds: well-behaved or abrupt, on the feed or with a request."""
    match number % 4:
        case 0:
            async with unix_connect(it.said["socket"], "ws://localhost/feed", compression=None) as socket:
                await socket.recv()
        case 1:
            client = await connect(f"ws://127.0.0.1:{it.said['port']}/feed", compression=None)
            client.transport.abort()
        case 2:
            await it.caller.get("/sessions")
        case _:
            _, writer = await it.caller.connect()
            writer.write(b"GET /hea")
            writer.transport.abort()


@pytest.mark.slow
@pytest.mark.timeout(900 if LONG else 120)
@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
async def test_descriptors_come_back(tmp_path: Path) -> None:
    with program(tmp_path / "home") as it:
        for number in range(8):
            await once(it, number)
        await settled(it, 0)
        base = descriptors(it)
        for start in range(0, TIMES, 20):
            await asyncio.gather(*(once(it, start + number) for number in range(20)))
        await settled(it, base)
        assert (await it.caller.get("/health"))["clients"] == 0


async def settled(it: Program, base: int) -> None:
    """Wait until the descriptors are at the base; without one, until no feed is followed."""
    async with asyncio.timeout(30):
        while (await it.caller.get("/health"))["clients"] or (  # noqa: ASYNC110 - it is another process
            base and descriptors(it) > base
        ):
            await asyncio.sleep(0.1)
