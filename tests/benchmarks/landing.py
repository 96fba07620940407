"""How long a landing takes by the daemon, beside the same git commands by hand on the same files."""

import asyncio
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from tests.builders.daemons import program
from tests.builders.http import Caller
from tests.builders.repositories import Repository, new_repository

RUNS = 5
Row = tuple[str, float, str, float | None, str]


def measure() -> list[Row]:
    """Rows of name, value, unit, ratio to the same by hand and goal."""
    return [row for files in (100, 2_000) for row in asyncio.run(_rows(files))]


async def _rows(files: int) -> list[Row]:
    with tempfile.TemporaryDirectory() as folder:
        content = {f"{number % 100}/{number}": f"file {number}\n" * 20 for number in range(files)}
        repository = new_repository(Path(folder) / "project", content)
        with program(Path(folder) / "home") as it:
            session, work = await _prepared(it.caller, repository)
            base = repository.text("rev-parse", "main")

            async def land() -> None:
                landed = await it.caller.post(f"/sessions/{session}/land", {"into": "main", "message": "Work"})
                assert repository.text("rev-parse", "main") == landed["after"]

            ours, theirs = [], []
            for number in range(RUNS):
                theirs.append(await _timed(lambda number=number: _by_hand(repository, work, number)))
                repository.git("reset", "-q", "--keep", base)
                ours.append(await _timed(land))
                repository.git("reset", "-q", "--keep", base)
            ratio = statistics.median(ours) / statistics.median(theirs)
            plan = await _timed(lambda: it.caller.post(f"/sessions/{session}/land", {"into": "main", "dry_run": True}))
    name = f"of {files:,} files, 20 changed"
    return [
        (f"landing {name}", statistics.median(ours), "ms", ratio, "<= 3 x the same by hand"),
        (f"its dry run {name}", plan, "ms", None, ""),
    ]


async def _prepared(caller: Caller, repository: Repository) -> tuple[str, Repository]:
    repo = await caller.post("/repos", {"local_path": str(repository.path)})
    tree = await caller.post("/worktrees", {"repo": repo["repo_id"], "name": "work"})
    work = Repository(Path(tree["path"]))
    work.write({f"{number}/{number}": "changed\n" for number in range(15)})
    work.commit("work")
    work.write({f"new/{number}": "new\n" for number in range(5)})
    asked = {"agent": "demo", "cwd": str(repository.path), "worktree": "work", "title": "Work"}
    return str((await caller.post("/sessions", asked))["session_id"]), work


async def _by_hand(repository: Repository, work: Repository, number: int) -> None:
    """What a person types for the same: all of the worktree as one commit on the branch, and back in the checkout."""

    def type_it() -> None:
        scratch = Repository(repository.path.parent / f"scratch-{number}")
        index: Any = {"GIT_INDEX_FILE": str(repository.path.parent / "index")}
        work.git("read-tree", "HEAD", **index)
        work.git("add", "-A", **index)
        tree = work.git("write-tree", **index).decode().strip()
        whole = work.text("commit-tree", tree, "-p", "HEAD", "-m", "x")
        repository.git("merge-tree", "--write-tree", "main", whole)
        repository.git("worktree", "add", "-q", "--detach", str(scratch.path), "main")
        scratch.git("merge", "-q", "--squash", whole)
        scratch.git("commit", "-q", "-m", "Work")
        repository.git("merge", "-q", "--ff-only", scratch.text("rev-parse", "HEAD"))
        repository.git("worktree", "remove", "--force", str(scratch.path))

    await asyncio.to_thread(type_it)


async def _timed(work: Callable[[], Awaitable[object]]) -> float:
    start = time.perf_counter()
    await work()
    return (time.perf_counter() - start) * 1000


if __name__ == "__main__":
    for row in measure():
        print(*row, sep="\t")
