"""How long checkpoints and differences take, beside git itself, and what making them durable costs."""

import asyncio
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from agor_core.git import checkpoints, diff, durability, object_store, snapshot, worktrees
from agor_core.git.files import SizeLimits
from agor_core.git.looks import Looks
from agor_core.git.object_store import ObjectStore, open_store
from tests.builders.repositories import Repository, new_repository

RUNS = 9
REF = "refs/agor/checkpoints/session/task/end"
Row = tuple[str, float, str, float | None, str]


def measure() -> list[Row]:
    """Rows of name, value, unit, ratio to ``git status`` and goal."""
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as folder:
        for files, clean, changed in (
            (10, "< 60 ms", "< 150 ms"),
            (1_000, "< 60 ms", "< 150 ms"),
            (50_000, "< 1.5 x git status", "< 3 x git status"),
        ):
            rows += _checkpoints(Path(folder) / str(files), files, clean, changed)
        rows += _differences(Path(folder) / "50000")
        rows += _durability(Path(folder) / "1000")
        rows += _commits_of_an_agent(Path(folder) / "1000")
    return rows


def _checkpoints(path: Path, files: int, clean: str, changed: str) -> Iterator[Row]:
    repository = _repository(path / "repo", files)
    store = asyncio.run(open_store(path / "objects.git", repository.path))
    name = f"checkpoint of {files:,} files"
    start = time.perf_counter()
    _take(store, repository)
    yield f"{name}, the first of a repository", (time.perf_counter() - start) * 1000, "ms", None, ""
    value, ratio = _paired(lambda: _take(store, repository), repository.status)
    yield f"{name}, nothing changed", value, "ms", ratio, clean
    value, ratio = _paired(lambda: _take(store, repository), repository.status, before=lambda: _change(repository))
    yield f"{name}, 10 changed", value, "ms", ratio, changed


def _differences(path: Path) -> Iterator[Row]:
    """What differs from HEAD now, uncommitted and untracked files included, beside ``git diff``."""
    repository = Repository(path / "repo")
    store, looks = asyncio.run(open_store(path / "objects.git", repository.path)), Looks()
    repository.write({f"{number % 500}/{number}": f"other {number}\n" * 20 for number in range(5_000)})

    async def patch() -> int:
        now = await looks.checkpoint(store, repository.path, REF, SizeLimits())
        return sum([len(piece) async for piece in diff.patch_bytes(repository.path, "HEAD", now.commit, store=store)])

    name = "difference of 5,000 of 50,000 files"
    start = time.perf_counter()
    asyncio.run(patch())
    yield f"{name}, the first look", (time.perf_counter() - start) * 1000, "ms", None, ""
    value, ratio = _paired(lambda: asyncio.run(patch()), lambda: repository.git("diff", "--binary", "HEAD"))
    yield name, value, "ms", ratio, "< 2 x git diff"
    looks.close()


def _durability(path: Path) -> Iterator[Row]:
    """In pairs, as another disk is at work at another moment."""
    repository = Repository(path / "repo")
    store = asyncio.run(open_store(path / "objects.git", repository.path))

    def unsynced() -> None:
        with _nothing_synced():
            _take(store, repository)

    value, ratio = _paired(lambda: _take(store, repository), unsynced, before=lambda: _change(repository))
    yield "checkpoint of 1,000 files, 10 changed, beside one that is not synced", value, "ms", ratio, ""
    numbers = iter(range(10**6))

    def add() -> None:
        name = f"w{next(numbers)}"
        asyncio.run(worktrees.add(repository.path, path / name, branch=name, start="HEAD"))

    def add_unsynced() -> None:
        with _nothing_synced():
            add()

    value, ratio = _paired(add, add_unsynced)
    yield "new worktree of 1,000 files, beside one that is not synced", value, "ms", ratio, ""


def _commits_of_an_agent(path: Path) -> Iterator[Row]:
    """Git syncs what an agent commits, as it is told to by the environment."""
    repository = Repository(path / "repo")
    synced: Any = durability.synced_environment({})
    numbers = iter(range(10**6))

    def commit(**environment: Any) -> None:
        repository.write({"committed": f"{next(numbers)}\n"})
        repository.git("add", "committed", **environment)
        repository.git("commit", "-q", "-m", "more", **environment)

    value, ratio = _paired(lambda: commit(**synced), commit)
    yield "add and commit of an agent, beside one that is not synced", value, "ms", ratio, ""


@contextmanager
def _nothing_synced() -> Iterator[None]:
    places = (checkpoints, object_store, snapshot, worktrees)
    sync, config = durability.sync, durability.SYNCED
    durability.sync = lambda _: None  # type: ignore[assignment]
    for module in places:
        vars(module)["SYNCED"] = (("core.fsync", "none"),)
    try:
        yield
    finally:
        durability.sync = sync
        for module in places:
            vars(module)["SYNCED"] = config


def _repository(path: Path, files: int) -> Repository:
    repository = new_repository(path, {f"{number % 500}/{number}": f"file {number}\n" * 20 for number in range(files)})
    time.sleep(1.1)  # git compares contents of files that are as young as the index; a real tree is older
    repository.git("update-index", "--force-write-index", check=False)
    repository.git("status")
    return repository


def _change(repository: Repository) -> None:
    moment = time.perf_counter_ns()
    repository.write({f"new/{number}": f"{moment} {number}\n" for number in range(9)} | {"0/0": f"{moment}\n"})


def _take(store: ObjectStore, repository: Repository) -> None:
    asyncio.run(checkpoints.take(store, repository.path, REF))


def _paired(
    work: Callable[[], object], beside: Callable[[], object], *, before: Callable[[], object] | None = None
) -> tuple[float, float]:
    """Milliseconds of one, and how many times the other's, each measured right after the other; medians."""
    times, ratios = [], []
    for _ in range(RUNS):
        if before is not None:
            before()
        other = _milliseconds(beside)
        if before is not None:
            before()
        times.append(_milliseconds(work))
        ratios.append(times[-1] / other)
    return statistics.median(times), statistics.median(ratios)


def _milliseconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return (time.perf_counter() - start) * 1000


if __name__ == "__main__":
    for row in measure():
        print(*row, sep="\t")
