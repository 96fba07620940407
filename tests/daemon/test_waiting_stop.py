"""A waiting stop: running turns end by themselves, queued tasks continue at the next start."""

import asyncio
import signal
from pathlib import Path
from typing import Any

from tests.builders.daemons import program
from tests.builders.http import Caller


async def until(caller: Caller, path: str, field: str, wanted: set[str]) -> Any:
    async with asyncio.timeout(30):
        while (found := await caller.get(path))[field] not in wanted:  # noqa: ASYNC110 - asked from outside
            await asyncio.sleep(0.05)
    return found


async def test_running_turns_end_and_nothing_new_begins(tmp_path: Path) -> None:
    home, gate = tmp_path / "home", tmp_path / "gate"
    wait_for_gate = f"run: while [ ! -e {gate} ]; do sleep 0.05; done"
    with program(home) as it:
        session = await it.caller.post("/sessions", {"agent": "demo", "prompt": f"{wait_for_gate}\nsay: done"})
        path = f"/sessions/{session['session_id']}"
        queued = await it.caller.post(f"{path}/prompt", {"prompt": "say: later"})
        await until(it.caller, path, "status", {"running"})
        it.process.send_signal(signal.SIGUSR1)
        refused = await it.caller.call("POST", f"{path}/prompt", {"prompt": "say: no"})
        async with asyncio.timeout(10):
            while refused.status != 503:  # the signal may arrive after the call
                refused = await it.caller.call("POST", f"{path}/prompt", {"prompt": "say: no"})
        assert it.process.poll() is None
        gate.touch()
        code = await asyncio.to_thread(it.process.wait, 30)
    assert code == 0
    with program(home) as it:
        (first, *_) = (await it.caller.get(f"/tasks?session_id={session['session_id']}&$sort[position]=1"))["data"]
        assert first["status"] == "completed"
        await until(it.caller, f"/tasks/{queued['task_id']}", "status", {"completed"})


async def test_an_idle_one_stops_at_once(tmp_path: Path) -> None:
    with program(tmp_path / "home") as it:
        it.process.send_signal(signal.SIGUSR1)
        assert await asyncio.to_thread(it.process.wait, 15) == 0
