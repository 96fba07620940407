"""A stop ends everything that the turn started, however it hid: in time, deaf to signals, without a mark.

One agent that hangs, or five with AGOR_FAULTS=long.
"""

import asyncio
import os
import sys
import time
from pathlib import Path

import pytest

from agor_core.config import pidfile
from tests.builders.daemons import program
from tests.faults.conftest import Promise

AGENTS = 5 if os.environ.get("AGOR_FAULTS") == "long" else 1
LONGEST = 11.0
"""Seconds from the request."""
CONFIG = '''
[agents.deaf]
command = ["sh", "-c", """
trap '' TERM
(grep --line-buffered -v session/cancel; sleep 600) | {python} -P -m agor_core.agents.demo"""]
'''
"""An agent that takes no cancel, no TERM and no end of its input."""
DEAF = """
import os, signal, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        open(sys.argv[1], "w").write(str(os.getpid()))
        time.sleep(600)
    os._exit(0)
os.wait()
"""

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="needs a subreaper")


async def pid_in(file: Path) -> int:
    async with asyncio.timeout(60):
        while not (text := await asyncio.to_thread(lambda: file.read_text() if file.exists() else "")):  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    return int(text)


@pytest.mark.slow
@pytest.mark.timeout(120)
async def test_a_stop_ends_what_forked_twice_and_cleared_its_environment(tmp_path: Path, promise: Promise) -> None:
    (tmp_path / "deaf.py").write_text(DEAF)
    (tmp_path / "home").mkdir(mode=0o700)
    (tmp_path / "home/config.toml").write_text(CONFIG.format(python=sys.executable))
    with program(tmp_path / "home") as it:
        made, hidden = [], []
        for number in range(AGENTS):
            file = tmp_path / f"{number}"
            prompt = f"run: env -i {sys.executable} {tmp_path}/deaf.py {file}\nsay: on\nhang:"
            made.append(await it.caller.post("/sessions", {"agent": "deaf", "cwd": str(tmp_path), "prompt": prompt}))
            hidden.append(await pid_in(file))
        async with asyncio.timeout(60):
            while (await it.caller.get("/messages?role=assistant&$limit=0"))["total"] < AGENTS:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        began = time.monotonic()
        await asyncio.gather(*(it.caller.post(f"/sessions/{one['session_id']}/stop", {}) for one in made))
        took = time.monotonic() - began
        assert [pid for pid in hidden if pidfile.start_time(pid) is not None] == []
        promise("a stop ends the whole tree", f"{took:.1f} s for {AGENTS} deaf trees, at most {LONGEST:.0f} s")
        assert took <= LONGEST
