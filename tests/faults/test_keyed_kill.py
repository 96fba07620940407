"""``kill -9`` during POSTs with an Idempotency-Key: a request that is repeated at the next start is carried out once.

6 kills, or 40 with AGOR_FAULTS=long.
"""

import asyncio
import contextlib
import os
import random
import signal
from pathlib import Path

import pytest

from tests.builders.daemons import program
from tests.builders.http import Caller

KILLS = 40 if os.environ.get("AGOR_FAULTS") == "long" else 6
AT_ONCE = 8
LATEST_KILL = 0.3
"""Seconds after the requests are sent."""


async def keyed(caller: Caller, number: int, host: str) -> str | None:
    """The id of the session that the request of this number is answered with; None if it was cut off."""
    headers = [("Host", host), ("Idempotency-Key", f"key {number}")]
    with contextlib.suppress(OSError, EOFError, ValueError, IndexError):
        answer = await caller.call("POST", "/sessions", {"agent": "demo", "title": str(number)}, headers=headers)
        assert answer.status == 201, answer.raw
        return str(answer.body["session_id"])
    return None


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_a_request_that_a_kill_cut_off_is_carried_out_once(tmp_path: Path) -> None:
    home, chance = tmp_path / "home", random.Random(1)
    answered: dict[int, str] = {}
    for round_ in range(KILLS):
        numbers = range(round_ * AT_ONCE, (round_ + 1) * AT_ONCE)
        with program(home) as it:
            host = f"localhost:{it.said['port']}"
            requests = [asyncio.create_task(keyed(it.caller, number, host)) for number in numbers]
            await asyncio.sleep(chance.uniform(0, LATEST_KILL))
            os.kill(it.process.pid, signal.SIGKILL)
            await asyncio.to_thread(it.process.wait)
            answers = zip(numbers, await asyncio.gather(*requests), strict=True)
            answered |= {number: session_id for number, session_id in answers if session_id is not None}
    with program(home) as it:
        host = f"localhost:{it.said['port']}"
        for number in range(KILLS * AT_ONCE):
            repeated = await keyed(it.caller, number, host)
            assert repeated == answered.get(number, repeated)
        made = await it.caller.get("/sessions?$limit=1000")
    assert sorted(int(session["title"]) for session in made["data"]) == list(range(KILLS * AT_ONCE))
