"""``kill -9`` at random moments of landing and undoing: the target and its checkout are as before or as after.

2 kills, or 100 with AGOR_FAULTS=long; every second one takes the gits along that the daemon had started.
"""

import asyncio
import contextlib
import os
import random
import signal
import sys
from pathlib import Path
from typing import Any

import psutil
import pytest

from agor_core.ids import new_id
from tests.builders.daemons import Program, program
from tests.builders.http import Caller
from tests.builders.repositories import Repository, new_repository
from tests.faults.conftest import Promise

KILLS = 100 if os.environ.get("AGOR_FAULTS") == "long" else 2
FILES = 300
"""So many that the moment in which the checkout is written is long."""
SLOWEST = 1.0

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


async def prepared(caller: Caller, repository: Repository) -> str:
    """A session in a worktree that changes, adds and removes files, one of them uncommitted."""
    repo = await caller.post("/repos", {"local_path": str(repository.path)})
    tree = await caller.post("/worktrees", {"repo": repo["repo_id"], "name": "work"})
    work = Repository(Path(tree["path"]))
    work.write({f"d{number % 7}/{number}.txt": f"new {number}\n" * 50 for number in range(0, FILES, 2)})
    work.write({f"added/{number}.txt": "added\n" for number in range(50)})
    work.git("rm", "-q", "d1/1.txt", "d3/3.txt")
    work.commit("work")
    work.write({"loose.txt": "loose\n"})
    asked = {"agent": "demo", "cwd": str(repository.path), "worktree": "work", "title": "Work"}
    return str((await caller.post("/sessions", asked))["session_id"])


def kill(it: Program, *, with_gits: bool) -> None:
    """End the daemon, and the programs that it has started, as a power cut would."""
    below = psutil.Process(it.process.pid).children(recursive=True) if with_gits else []
    os.kill(it.process.pid, signal.SIGKILL)
    for child in below:
        with contextlib.suppress(psutil.NoSuchProcess):
            child.send_signal(signal.SIGKILL)
    it.process.wait()


async def act(caller: Caller, session_id: str, landed: dict[str, Any] | None) -> None:
    """Land, or take the landing back; whatever becomes of the answer."""
    with contextlib.suppress(OSError, EOFError, ValueError, IndexError):
        if landed is None:
            await caller.call("POST", f"/sessions/{session_id}/land", {"landing_id": new_id(), "into": "main"})
        else:
            await caller.call("POST", f"/landings/{landed['landing_id']}/undo", {})


async def checked(caller: Caller, repository: Repository, session_id: str, base: str) -> dict[str, Any] | None:
    """See that branch, checkout, index and records say the same; the landing that stands."""
    found = (await caller.get(f"/landings?session_id={session_id}&$sort[created_at]=-1&$limit=1000"))["data"]
    standing = next((one for one in found if one["status"] == "landed"), None)
    assert repository.text("rev-parse", "main") == (base if standing is None else standing["after"])
    assert repository.git("status", "--porcelain", "-z", "--no-renames") == b" M d0/7.txt\0A  staged.txt\0?? mine.txt\0"
    assert (repository.path / "d0/7.txt").read_text() == "by hand\n"
    assert (repository.path / "loose.txt").exists() is (standing is not None)
    assert len(repository.text("worktree", "list").splitlines()) == 2
    assert repository.git("fsck", "--connectivity-only", "--no-dangling") == b""
    return standing


@pytest.mark.slow
@pytest.mark.timeout(900)
async def test_a_kill_leaves_the_target_before_or_after(tmp_path: Path, promise: Promise) -> None:
    home, chance = tmp_path / "home", random.Random(7)
    files = {f"d{number % 7}/{number}.txt": f"old {number}\n" * 50 for number in range(FILES)}
    repository = new_repository(tmp_path / "project", files)
    base = repository.text("rev-parse", "HEAD")
    repository.write({"d0/7.txt": "by hand\n", "mine.txt": "mine\n", "staged.txt": "staged\n"})
    repository.git("add", "staged.txt")
    landed: dict[str, Any] | None = None
    ends = {"before": 0, "after": 0}
    with program(home) as it:
        session_id = await prepared(it.caller, repository)
        began = asyncio.get_running_loop().time()
        await act(it.caller, session_id, None)
        took = min(SLOWEST, asyncio.get_running_loop().time() - began)
        landed = await checked(it.caller, repository, session_id, base)
        assert landed is not None
    for number in range(KILLS + 1):
        with program(home) as it:
            now = await checked(it.caller, repository, session_id, base)
            if number:
                ends["before" if now == landed else "after"] += 1
            if number == KILLS:
                break
            landed = now
            acting = asyncio.create_task(act(it.caller, session_id, landed))
            await asyncio.sleep(chance.uniform(0, took * (1.1 if landed is None else 0.4)))
            await asyncio.to_thread(kill, it, with_gits=number % 2 == 0)
            await acting
    promise("landing and undoing, killed", f"{KILLS} kills: {ends['before']} as before, {ends['after']} as after")
