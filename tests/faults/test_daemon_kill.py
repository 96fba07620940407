"""``kill -9`` of the daemon while agents run: all is settled within five seconds of the next start, nothing is left.

4 agents, or 20 with AGOR_FAULTS=long.
"""

import asyncio
import json
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from agor_core.config import pidfile
from agor_core.ids import short_id
from tests.builders.daemons import program
from tests.builders.http import Caller
from tests.faults.conftest import Promise

AGENTS = 20 if os.environ.get("AGOR_FAULTS") == "long" else 4
SETTLED_SECONDS = 5

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


async def at_work(caller: Caller) -> None:
    """Wait until every session's agent has said something."""
    async with asyncio.timeout(90):
        while (await caller.get("/messages?role=assistant&$limit=0"))["total"] < AGENTS:  # noqa: ASYNC110
            await asyncio.sleep(0.1)


async def ended(caller: Caller, task_id: str) -> dict[str, Any]:
    async with asyncio.timeout(60):
        while (task := await caller.get(f"/tasks/{task_id}"))["completed_at"] is None:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    return dict(task)


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_a_killed_daemon_leaves_nothing_that_is_not_settled(tmp_path: Path, promise: Promise) -> None:
    home = tmp_path / "home"
    with program(home) as it:
        prompt = "plan: One | Two\nsay: at work\nrun: sleep 600 & sleep 600"
        made = [await it.caller.post("/sessions", {"agent": "demo", "prompt": prompt}) for _ in range(AGENTS)]
        await at_work(it.caller)
        cursor = (await it.caller.get("/feed"))["cursor"]
        agents = [(one["pid"], one["started"]) for one in json.loads((home / "agents.json").read_bytes())]
        assert len(agents) == AGENTS
        assert (home / "agents.json").stat().st_mode & 0o777 == 0o600
        os.kill(it.process.pid, signal.SIGKILL)
        await asyncio.to_thread(it.process.wait)
    began = time.monotonic()
    with program(home) as it:
        assert it.said["ready"] is True
        running = await it.caller.get("/tasks?status[$in][]=running&status[$in][]=awaiting_permission&$limit=0")
        assert running["total"] == 0
        took = time.monotonic() - began
        promise("a killed daemon", f"{AGENTS} agents settled {took:.1f} s after the next start, at most 5 s")
        assert took < SETTLED_SECONDS
        assert [pid for pid, started in agents if pidfile.start_time(pid) == started] == []
        assert orphans(home) == []
        told = (await it.caller.get(f"/feed?since={cursor}&service=tasks&limit=1000"))["data"]
        failed = {change["record"]["session_id"]: change["record"]["error"] for change in told}
        assert failed.keys() == {session["session_id"] for session in made}
        assert all("daemon ended" in error for error in failed.values())
        for session in made:
            task = await it.caller.post(f"/sessions/{short_id(session['session_id'])}/prompt", {"prompt": "recall:"})
            assert (await ended(it.caller, task["task_id"]))["status"] == "completed"


def orphans(home: Path) -> list[str]:
    """Processes of agents of this home, by their environment; our own daemon has no session."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            environment = (entry / "environ").read_bytes().split(b"\0")
        except OSError:
            continue
        names = {variable.partition(b"=")[0] for variable in environment}
        if f"AGOR_HOME={home}".encode() in environment and b"AGOR_SESSION_ID" in names:
            found.append(entry.name)
    return found
