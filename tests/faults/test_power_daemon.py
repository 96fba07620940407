"""The power is cut while the daemon works: what was acknowledged is there afterwards, in the store and beside it.

2 cuts, or 50 with AGOR_FAULTS=long; each second one at the moment at which a task is acknowledged.
"""

import asyncio
import contextlib
import hashlib
import json
import os
import random
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from agor_core.config import private_file
from agor_core.config.paths import Paths
from agor_core.db.check import integrity_check
from agor_core.db.store import sqlite_url
from tests.builders.daemons import Program, start
from tests.builders.power import Disk, run
from tests.builders.repositories import Repository, new_repository
from tests.faults.conftest import Promise

LONG = os.environ.get("AGOR_FAULTS") == "long"
CUTS = 50 if LONG else 2
AT_ONCE = 3
"""Sessions that work at the same time."""


@dataclass
class Acknowledged:
    """What callers were told: the sessions, the tasks that ended with the files of then, and the last setting."""

    sessions: list[str] = field(default_factory=list)
    tasks: dict[str, tuple[dict[str, Any], dict[str, bytes]]] = field(default_factory=dict)
    setting: int = 0


@dataclass
class Work:
    """The daemon on the disk, and callers that give it work until the power goes."""

    disk: Disk
    told: Acknowledged = field(default_factory=Acknowledged)
    acknowledged: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def repository(self) -> Repository:
        return Repository(self.disk.top / "repo")

    @property
    def paths(self) -> Paths:
        return Paths(self.disk.top / "home")

    async def until_cut(self, it: Program, *, at_acknowledgement: bool, seconds: float) -> Path:
        """Work; the backing file as it was when the power went."""
        self.acknowledged.clear()
        working = [asyncio.create_task(self._caller(it)) for _ in range(AT_ONCE)]
        working.append(asyncio.create_task(self._settings()))
        with contextlib.suppress(TimeoutError):
            moment = self.acknowledged.wait() if at_acknowledgement else asyncio.sleep(seconds)
            await asyncio.wait_for(moment, 60)
        frame = self.disk.freeze_frame()
        for task in working:
            task.cancel()
        await asyncio.gather(*working, return_exceptions=True)
        it.process.communicate()
        return frame

    async def _caller(self, it: Program) -> None:
        """Sessions with two tasks each; an agent's own commits and files are in the tree of its checkpoints."""
        while True:
            request = {"agent": "demo", "cwd": str(self.repository.path), "title": f"w {random.randrange(10**9)}"}
            session = await it.caller.post("/sessions", request)
            self.told.sessions.append(session["session_id"])
            for number in range(2):
                content = "x" * random.randrange(20_000)
                prompt = (
                    f"write: file {content}\nrun: git add file; git commit -qm {number}; echo {number} > loose\nsay: y"
                )
                task = await it.caller.post(f"/sessions/{session['session_id']}/prompt", {"prompt": prompt})
                while (task := await it.caller.get(f"/tasks/{task['task_id']}"))["completed_at"] is None:  # noqa: ASYNC110
                    await asyncio.sleep(0.005)
                files = {"file": content.encode(), "loose": f"{number}\n".encode()}
                self.told.tasks[task["task_id"]] = (task, files)
                self.acknowledged.set()

    async def _settings(self) -> None:
        while True:
            number = self.told.setting + 1
            private_file.write(self.paths.config, f"[daemon]\nfeed_days = {number}\n".encode())
            self.told.setting = number
            await asyncio.sleep(0.05)

    def check_files(self) -> None:
        """Before anything is started: no small file is empty or half, and the database is whole."""
        assert tomllib.loads(self.paths.config.read_text())["daemon"]["feed_days"] >= self.told.setting
        for name in ("daemon.pid", "agents.json", "worktrees.json"):
            if (file := self.paths.home / name).exists():
                json.loads(file.read_bytes())
        assert len(self.paths.token.read_bytes()) > 32
        assert integrity_check(sqlite_url(self.paths.database)) == []

    async def check(self, it: Program) -> None:
        """After a start: all that was acknowledged is there, and git has nothing to say."""
        assert it.said.get("ready"), it.said
        for session_id in self.told.sessions:
            await it.caller.get(f"/sessions/{session_id}")
        stores = list(self.paths.objects.glob("*.git"))
        for directory in (self.repository.path / ".git", *stores):
            assert [ref for ref in (directory / "refs").rglob("*") if ref.is_file() and not ref.stat().st_size] == []
            Repository(directory).git("fsck", "--full", "--strict")
        self.repository.git("log", "--all", "--oneline")
        for task_id, (task, files) in self.told.tasks.items():
            found = await it.caller.get(f"/tasks/{task_id}")
            assert (found["status"], found["git_state"]) == ("completed", task["git_state"])
            kept = Repository(stores[0]).text("ls-tree", "-r", task["git_state"]["checkpoint_end"])
            blobs = {line.split("\t")[1]: line.split()[2] for line in kept.splitlines()}
            assert {name: blobs[name] for name in files} == {name: blob(content) for name, content in files.items()}
        for session_id in list(dict.fromkeys(task["session_id"] for task, _ in self.told.tasks.values()))[-2:]:
            session = await it.caller.get(f"/sessions/{session_id}")
            worktree = Repository(Path(session["repo"]["cwd"]))
            assert (worktree.path / ".git").read_bytes().startswith(b"gitdir: ")
            assert worktree.text("rev-parse", "--abbrev-ref", "HEAD") == session["git_state"]["ref"]
            worktree.git("status", "--porcelain", GIT_OPTIONAL_LOCKS="0")
            prompt = f"write: after {random.random()}\nsay: on"
            task = await it.caller.post(f"/sessions/{session_id}/prompt", {"prompt": prompt})
            async with asyncio.timeout(60):
                while (task := await it.caller.get(f"/tasks/{task['task_id']}"))["completed_at"] is None:  # noqa: ASYNC110
                    await asyncio.sleep(0.02)
            assert (task["status"], task["files"]) == ("completed", ["after"])


def blob(content: bytes) -> str:
    return hashlib.sha1(b"blob %d\0%s" % (len(content), content), usedforsecurity=False).hexdigest()


@pytest.mark.slow
@pytest.mark.timeout(3600 if LONG else 200)
async def test_what_was_acknowledged_is_there_after_a_cut(disk: Disk, promise: Promise) -> None:
    chance = random.Random(9)
    work = Work(disk)
    new_repository(work.repository.path, {f"{number}": f"{number}\n" for number in range(20)})
    work.paths.home.mkdir(mode=0o700)
    work.paths.config.write_text("[daemon]\nfeed_days = 1\n")
    run("sync", "-f", disk.top)
    it = await asyncio.to_thread(start, work.paths.home)
    for number in range(CUTS):
        frame = await work.until_cut(it, at_acknowledgement=number % 2 == 0, seconds=chance.uniform(0.05, 4))
        disk.restart(frame)
        work.check_files()
        it = await asyncio.to_thread(start, work.paths.home)
        await work.check(it)
        print(number + 1, "cuts,", len(work.told.tasks), "tasks", flush=True)
    it.process.terminate()
    await asyncio.to_thread(it.process.communicate)
    work.repository.git("gc", "-q")
    assert len(work.told.tasks) >= CUTS // 2
    promise(
        "power", f"{CUTS} cuts, {len(work.told.tasks)} acknowledged tasks, 0 lost, 0 empty refs, 0 errors of git fsck"
    )
