"""``kill -9`` while files are grafted: the worktree is as before or as after.

6 kills, or 100 with AGOR_FAULTS=long; three of four while files are written.
"""

import asyncio
import os
import random
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from agor_core.clock import SystemClock
from agor_core.config.paths import Paths
from agor_core.db.store import open_store, sqlite_url
from agor_core.ids import SessionId
from agor_daemon.supervisor.grafting.grafting import Asked
from agor_daemon.supervisor.workspaces.points import PointName
from tests.builders import ready_stores
from tests.builders.repositories import Repository, files_below, new_repository
from tests.daemon.supervisor.conftest import Bench
from tests.faults.conftest import Promise

LONG = os.environ.get("AGOR_FAULTS") == "long"
KILLS = 100 if LONG else 6
FILES = 60
LONGEST = 0.08
"""Seconds for which files are written, about."""
ROOT = Path(__file__).parents[2]
EMPTY = len(b"[]")
Files = dict[bytes, tuple[str, bytes]]


async def two_sessions(home: Path, repository: Repository) -> tuple[SessionId, SessionId, Path, Files, Files]:
    """Sessions to graft from and into, the worktree, and its files before and after."""
    paths = Paths(home)
    await asyncio.to_thread(home.mkdir)
    clock = SystemClock()
    url = sqlite_url(paths.database)
    await asyncio.to_thread(ready_stores.prepare, url, backups=paths.backups, clock=clock)
    bench = Bench(await open_store(url, clock=clock), paths, home)
    try:
        source = await bench.session(cwd=repository.path, title="Source")
        change = "for n in $(seq 60); do echo changed >> d$((n%7))/f$n; done; for n in 1 2 3; do echo x > new$n/f; done"
        await bench.run(source, f"run: rm d1/f1 && mkdir new1 new2 new3 && {change}")
        target = await bench.session(cwd=repository.path, title="Target")
        await bench.run(
            target, "run: for n in $(seq 60); do sed -i 1s/^/own/ d$((n%7))/f$n; done; git checkout -q d1/f1"
        )
        into = await bench.again(target)
        tree = Path(into.repo.cwd)
        before = files_below(tree)
        await bench.supervisor.grafting.run(target.session_id, Asked(source.session_id, PointName("now")))
        after = files_below(tree)
        await bench.supervisor.grafting.undo(target.session_id, dry_run=False)
        assert files_below(tree) == before != after
        return source.session_id, target.session_id, tree, before, after
    finally:
        await bench.supervisor.close(grace=2)
        await bench.store.close()


async def until(good: Callable[[], bool]) -> None:
    """Wait for a condition that holds for some milliseconds only."""
    for _ in range(20_000):
        if good():
            return
        await asyncio.sleep(0.001)
    raise AssertionError("it did not begin")


@pytest.mark.slow
@pytest.mark.timeout(600 if LONG else 120)
async def test_the_worktree_is_as_before_or_as_after(tmp_path: Path, promise: Promise) -> None:
    lines = "".join(f"line {number}\n" for number in range(20))
    files = {f"d{n % 7}/f{n}": lines for n in range(1, FILES + 1)}
    repository = new_repository(tmp_path / "repo", files)
    home, chance = tmp_path / "home", random.Random(5)
    source, target, tree, before, after = await two_sessions(home, repository)
    seen = {"before": 0, "after": 0, "acknowledged": 0, "cut off": 0, "to be taken back": 0}
    journal = home / "grafts.json"
    command = [sys.executable, "-m", "tests.fakes.grafter", str(home), source, target]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, text=True) as nursery:  # noqa: ASYNC220
        assert nursery.stdin is not None
        assert nursery.stdout is not None
        for number in range(KILLS):
            nursery.stdin.write("live\n")
            nursery.stdin.flush()
            pid = int(nursery.stdout.readline().split()[1])
            assert nursery.stdout.readline() == "ready\n"
            now = files_below(tree)
            assert now in (before, after)
            seen["before" if now == before else "after"] += 1
            os.kill(pid, signal.SIGUSR1)
            if number % 4:
                await until(lambda: len(journal.read_bytes()) > EMPTY)
                await asyncio.sleep(chance.uniform(0, LONGEST))
            else:
                await asyncio.sleep(chance.uniform(0.4, 1.2))
            os.kill(pid, signal.SIGKILL)
            left = files_below(tree)
            seen["cut off"] += left not in (before, after)
            seen["to be taken back"] += left != before and len(journal.read_bytes()) > EMPTY
            while (line := nursery.stdout.readline()) != "dead\n":
                seen["acknowledged"] += line.startswith("done")
        nursery.kill()
    index = Repository(tree).git("diff", "--cached", "--raw")
    assert index == b""
    promise("kill -9 while files are grafted", f"{KILLS} kills, {seen}")
