"""How long a comparison of 8 sessions takes, each with 500 changed files, beside ``git status`` in each worktree."""

import asyncio
import statistics
import tempfile
import time
from pathlib import Path

from agor_core.clock import SystemClock
from agor_core.config.paths import Paths
from agor_core.db.store import open_store, sqlite_url
from agor_core.ids import SessionId
from agor_core.wire.codec import encode
from agor_daemon.supervisor.workspaces.points import PointName
from tests.builders import ready_stores
from tests.builders.repositories import Repository, new_repository
from tests.daemon.supervisor.conftest import Bench

SESSIONS, FILES, RUNS = 8, 500, 5
GOAL = "< 500 ms"
Row = tuple[str, float, str, float | None, str]


def measure() -> list[Row]:
    """Rows of name, value, unit, ratio to ``git status`` in every worktree, and goal."""
    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(_measured(Path(folder)))


async def _measured(folder: Path) -> list[Row]:
    lines = "".join(f"line {number}\n" for number in range(40))
    repository = new_repository(folder / "repo", {f"d{n % 20}/f{n}": lines for n in range(FILES * 2)})
    paths = Paths(folder / "home")
    paths.home.mkdir()
    url = sqlite_url(paths.database)
    await asyncio.to_thread(ready_stores.prepare, url, backups=paths.backups, clock=SystemClock())
    bench = Bench(await open_store(url, clock=SystemClock()), paths, folder)
    try:
        wanted: list[tuple[SessionId, PointName]] = []
        trees: list[Repository] = []
        for number in range(SESSIONS):
            session = await bench.session(cwd=repository.path, title=f"Attempt {number}")
            change = f"for n in $(seq 0 {FILES - 1}); do sed -i $((n % 40 + 1))s/$/' by {number}'/ d$((n%20))/f$n; done"
            await bench.run(session, f"run: {change}")
            wanted.append((session.session_id, PointName("now")))
            trees.append(Repository(Path((await bench.again(session)).repo.cwd)))
        comparing = bench.supervisor.comparing
        baseline = statistics.median([_status(trees) for _ in range(RUNS)])
        first, _ = await _timed(comparing, wanted)
        rows: list[Row] = [("compare 8 sessions with 500 files each, first", first, "ms", first / baseline, GOAL)]
        again = statistics.median([(await _timed(comparing, wanted))[0] for _ in range(RUNS)])
        rows.append(("the same again", again, "ms", again / baseline, GOAL))
        changed = []
        for run in range(RUNS):
            trees[0].write({"d0/f0": f"{run}\n"})
            changed.append((await _timed(comparing, wanted))[0])
        rows.append(("after a file of one changed", statistics.median(changed), "ms", None, GOAL))
    finally:
        await bench.supervisor.close(grace=2)
        await bench.store.close()
    return rows


async def _timed(comparing, wanted: list[tuple[SessionId, PointName]]) -> tuple[float, int]:
    """Milliseconds until the answer is encoded, and its bytes."""
    start = time.perf_counter()
    answer = encode(await comparing.run(wanted))
    return (time.perf_counter() - start) * 1000, len(answer)


def _status(trees: list[Repository]) -> float:
    start = time.perf_counter()
    for tree in trees:
        tree.status()
    return (time.perf_counter() - start) * 1000
