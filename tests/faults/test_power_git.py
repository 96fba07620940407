"""The power is cut at any moment: what was acknowledged of git's files is whole, and the user's repository too.

4 cuts and 2, or 50 and 25 with AGOR_FAULTS=long.
"""

import asyncio
import contextlib
import os
import random
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from agor_core.git import checkpoints, worktrees
from agor_core.git.checkpoints import Checkpoint
from agor_core.git.durability import repair_pointer
from agor_core.git.object_store import ObjectStore, open_store
from tests.builders.power import Disk, run
from tests.builders.repositories import Repository, new_repository
from tests.faults.conftest import Promise

LONG = os.environ.get("AGOR_FAULTS") == "long"
CUTS = 50 if LONG else 4


@dataclass
class Work:
    """What was acknowledged until now, and what was being made at the moment."""

    top: Path
    worktrees: list[Path] = field(default_factory=list)
    kept: dict[str, tuple[Checkpoint, dict[bytes, tuple[str, bytes]]]] = field(default_factory=dict)
    commits: bool = False
    unfinished: str | None = None

    @property
    def repository(self) -> Repository:
        return Repository(self.top / "repo")

    async def store(self) -> ObjectStore:
        return await open_store(self.top / "home/objects/r.git", self.repository.path)

    async def go_on(self) -> None:
        """Worktrees with checkpoints, one after the other, until it is cancelled."""
        store = await self.store()
        while True:
            name = f"w{len(self.worktrees)}-{random.randrange(10**9)}"
            self.unfinished = name
            path = self.top / "home/worktrees" / name
            await worktrees.add(self.repository.path, path, branch=name, start="main")
            self.worktrees.append(path)
            self.unfinished = None
            for number in range(3):
                await self._task(store, Repository(path), f"refs/agor/checkpoints/{name}/t{number}/end")

    async def _task(self, store: ObjectStore, tree: Repository, ref: str) -> None:
        changed = {f"{random.randrange(5)}": os.urandom(random.randrange(20_000)) for _ in range(3)}
        tree.write({**changed, "a.txt": f"{random.random()}\n"})
        if self.commits:  # as an agent does, by a git that syncs nothing
            tree.git("add", "a.txt")
            tree.git("commit", "-q", "-m", ref)
            tree.write({"staged": f"{random.random()}\n"})
            tree.git("add", "staged")
        files = tree.files()
        self.kept[ref] = (await checkpoints.take(store, tree.path, ref), files)
        await asyncio.sleep(0.01)


async def cut(disk: Disk, work: Work, seconds: float) -> None:
    """Work for so long, or with 0 to the first acknowledgement; then the power is gone, and comes back."""
    doing = asyncio.create_task(work.go_on())
    known = len(work.kept)
    if seconds:
        await asyncio.wait({doing}, timeout=seconds)
    else:
        while len(work.kept) == known and not doing.done():  # noqa: ASYNC110 - an event would come later
            await asyncio.sleep(0)
    frame = disk.freeze_frame()
    acknowledged = replace(work, worktrees=list(work.worktrees), kept=dict(work.kept))
    doing.cancel()
    with contextlib.suppress(BaseException):
        await doing
    work.worktrees, work.kept, work.unfinished = acknowledged.worktrees, acknowledged.kept, acknowledged.unfinished
    disk.restart(frame)


async def check(work: Work) -> None:
    """After what a start does, everything acknowledged is there, and git has nothing to say."""
    repository, store = work.repository, await work.store()
    if work.unfinished is not None:
        path = work.top / "home/worktrees" / work.unfinished
        await worktrees.undo(repository.path, path, branch=work.unfinished, start="main")
        work.unfinished = None
    for path in work.worktrees:
        assert not repair_pointer(repository.path, path)
        assert (path / ".git").read_bytes().startswith(b"gitdir: ")
        tree = Repository(path)
        assert tree.text("rev-parse", "--abbrev-ref", "HEAD") == path.name
        if last := [taken.head for ref, (taken, _) in work.kept.items() if path.name in ref]:
            assert tree.text("rev-parse", "HEAD") == last[-1]
        tree.git("status", "--porcelain", GIT_OPTIONAL_LOCKS="0")  # which else writes the index, without a sync
    for directory in (repository.path / ".git", store.path):
        assert [ref for ref in (directory / "refs").rglob("*") if ref.is_file() and not ref.stat().st_size] == []
        Repository(directory).git("fsck", "--full", "--strict")
        Repository(directory).git("for-each-ref", "--format=%(objecttype)")
    repository.git("log", "--all", "--oneline")
    for ref, (taken, _) in work.kept.items():
        assert await checkpoints.load(store, ref) == taken
        await checkpoints.check_whole(store, taken)
    for number, (taken, files) in enumerate(list(work.kept.values())[-2:]):
        path = work.top / f"restored-{number}"
        await worktrees.add(repository.path, path, branch=path.name, start=taken.head)
        await checkpoints.restore(store, path, taken)
        assert Repository(path).files() == files
        await worktrees.remove(repository.path, path, branch=path.name, discard=True)


@pytest.mark.slow
@pytest.mark.timeout(3600 if LONG else 300)
async def test_whatever_was_acknowledged_is_whole(disk: Disk, promise: Promise) -> None:
    chance = random.Random(10)
    work = Work(disk.top)
    new_repository(work.repository.path, {f"{number}": f"{number}\n" for number in range(20)})
    run("sync", "-f", disk.top)
    for number in range(CUTS):
        await cut(disk, work, seconds=0 if number % 2 == 0 else chance.uniform(0.05, 2.5))
        await check(work)
    assert len(work.kept) >= CUTS // 2
    promise("power, git's files", f"{CUTS} cuts, {len(work.kept)} checkpoints, 0 lost, 0 errors of git fsck")


@pytest.mark.slow
@pytest.mark.timeout(3600 if LONG else 300)
async def test_what_an_agent_committed_and_staged_is_whole_with_the_checkpoint(disk: Disk) -> None:
    work = Work(disk.top, commits=True)
    new_repository(work.repository.path, {f"{number}": f"{number}\n" for number in range(20)})
    run("sync", "-f", disk.top)
    for _ in range(CUTS // 2):
        await cut(disk, work, seconds=0)
        await check(work)
