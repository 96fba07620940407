"""A daemon whose disk is full stops in time and in good order; the next one settles what could not be stored."""

import asyncio
import contextlib
import json
import time
from pathlib import Path
from typing import Any

import pytest

from agor_core.config import pidfile
from tests.builders.daemons import Program, program, start
from tests.builders.http import Caller

STOP_SECONDS = 15


def fill(disk: Path) -> Path:
    """Take all the room that there is left."""
    ballast = disk / "ballast"
    with contextlib.suppress(OSError), ballast.open("wb", buffering=0) as stream:
        for size in (65_536, 1):
            with contextlib.suppress(OSError):
                while True:
                    stream.write(bytes(size))
    return ballast


async def begun(caller: Caller, folder: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """A session at work in a folder until a ``gate`` is there, and a second task of it that is queued."""
    prompt = "run: while [ ! -e gate ]; do sleep 0.05; done; touch over"
    session = await caller.post("/sessions", {"agent": "demo", "cwd": str(folder), "prompt": prompt})
    queued = await caller.post(f"/sessions/{session['session_id']}/prompt", {"prompt": "say: later"})
    async with asyncio.timeout(60):
        while not (await caller.get(f"/messages?session_id={session['session_id']}&role=tool"))["data"]:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    return session, queued


async def ended(caller: Caller, task_id: str) -> dict[str, Any]:
    async with asyncio.timeout(60):
        while (task := await caller.get(f"/tasks/{task_id}"))["completed_at"] is None:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    return dict(task)


async def stopped(it: Program) -> float:
    """Seconds that a stop took, which is in good order."""
    began = time.monotonic()
    it.process.terminate()
    assert await asyncio.to_thread(it.process.wait, STOP_SECONDS + 10) == 0
    return time.monotonic() - began


@pytest.mark.slow
@pytest.mark.parametrize("over", [False, True], ids=["a turn runs", "a turn is over"])
async def test_it_stops_in_time_and_the_next_one_settles(small_disk: Path, tmp_path: Path, over: bool) -> None:
    home, folder = small_disk / "home", tmp_path / "folder"
    folder.mkdir()
    with program(home) as it:
        session, queued = await begun(it.caller, folder)
        agents = [(one["pid"], one["started"]) for one in json.loads((home / "agents.json").read_bytes())]
        ballast = fill(small_disk)
        refused = await it.caller.call("POST", f"/sessions/{session['session_id']}/prompt", {"prompt": "say: no"})
        assert refused.status == 507
        if over:
            (folder / "gate").touch()
            async with asyncio.timeout(30):
                while not (folder / "over").exists():  # noqa: ASYNC110
                    await asyncio.sleep(0.05)
        assert await stopped(it) < STOP_SECONDS
        assert [pid for pid, started in agents if pidfile.start_time(pid) == started] == []
    ballast.unlink()
    with program(home) as it:
        assert (await ended(it.caller, queued["task_id"]))["status"] == "completed"
        [first] = (await it.caller.get(f"/tasks?session_id={session['session_id']}&position=1"))["data"]
        assert first["status"] == "failed"
        assert "daemon ended" in first["error"]
        assert await stopped(it) < STOP_SECONDS


def test_a_start_says_so(small_disk: Path) -> None:
    home = small_disk / "home"
    home.mkdir(mode=0o700)
    fill(small_disk)
    it = start(home)
    _, err = it.process.communicate(timeout=20)
    assert (it.process.returncode, it.said["exit"]) == (4, 4)
    assert "There is no room on the disk of the home" in it.said["error"]
    assert err.decode() == f"{it.said['error']}\n"
