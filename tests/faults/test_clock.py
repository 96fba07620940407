"""The machine's clock is set back an hour or on a year: order and time limits are as before."""

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from agor_core.clock import SteadyClock
from tests.builders.daemons import running


class SetClock:
    """The machine's clock, set by a test; its monotonic side is the machine's own."""

    def __init__(self) -> None:
        self.by = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) + self.by

    def monotonic(self) -> float:
        return time.monotonic()


@pytest.mark.parametrize("by", [timedelta(hours=-1), timedelta(days=366)], ids=["back an hour", "on a year"])
async def test_order_and_time_limits_stay(tmp_path: Path, by: timedelta) -> None:
    clock = SetClock()
    async with running(tmp_path / "home", clock=SteadyClock(clock)) as daemon:
        key = [("Host", f"localhost:{daemon.port}"), ("Idempotency-Key", "k")]
        start = (await daemon.tcp.get("/feed"))["cursor"]
        made: list[str] = []

        async def make(title: str) -> None:
            session = await daemon.tcp.post("/sessions", {"agent": "demo", "title": title})
            made.append(session["session_id"])
            await daemon.tcp.post(f"/sessions/{session['session_id']}/prompt", {"prompt": title})

        await make("before")
        keyed = await daemon.tcp.call("POST", "/boards", {"name": "B"}, headers=key)
        clock.by = by
        uptime = (await daemon.tcp.get("/health"))["uptime"]
        await make("after")
        await make("later")
        clock.by = timedelta()
        await make("set right again")

        assert await ids(daemon.tcp.get, "/sessions?$sort[created_at]=1") == made
        assert await ids(daemon.tcp.get, "/sessions") == made
        changes = (await daemon.tcp.get(f"/feed?since={start}&service=sessions"))["data"]
        assert [it["id"] for it in changes if it["event"] == "created"] == made
        times = [it["at"] for it in changes]
        assert times == sorted(times)
        assert 0 <= (await daemon.tcp.get("/health"))["uptime"] - uptime < 60
        if by < timedelta():
            again = await daemon.tcp.call("POST", "/boards", {"name": "B"}, headers=key)
            assert again.body["board_id"] == keyed.body["board_id"]
        async with asyncio.timeout(10):
            assert (await daemon.tcp.get("/sessions?$limit=0"))["total"] == 4


async def ids(get: Callable[[str], Any], path: str) -> list[str]:
    return [it["session_id"] for it in (await get(path))["data"]]
