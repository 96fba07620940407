"""How long a checkpoint takes, beside ``git status`` on the same tree."""

import asyncio
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from agor_core.git import checkpoints
from tests.builders.repositories import Repository, new_repository

RUNS = 9


def measure() -> list[tuple[str, float, str, float | None, str]]:
    """Rows of name, value, unit, ratio to ``git status`` and goal."""
    rows: list[tuple[str, float, str, float | None, str]] = []
    with tempfile.TemporaryDirectory() as folder:
        for files, goal in ((10, "< 40 ms"), (1_000, "< 40 ms"), (10_000, "< 5 x git status")):
            repository = _repository(Path(folder) / str(files), files)
            status = _median(repository.status)
            name = f"checkpoint of {files:,} files"
            clean = _median(lambda repository=repository: _take(repository))
            rows.append((f"{name}, nothing changed", clean, "ms", clean / status, goal))
            repository.write({f"new/{number}": f"{number}\n" for number in range(10)} | {"0/0": "changed\n"})
            dirty = _median(lambda repository=repository: _take(repository))
            rows.append((f"{name}, 11 changed", dirty, "ms", dirty / status, goal))
    return rows


def _repository(path: Path, files: int) -> Repository:
    repository = new_repository(path, {f"{number % 100}/{number}": f"file {number}\n" * 20 for number in range(files)})
    time.sleep(1.1)  # git compares contents of files that are as young as the index; a real tree is older
    repository.git("update-index", "--force-write-index", check=False)
    repository.git("status")
    return repository


def _take(repository: Repository) -> None:
    asyncio.run(checkpoints.take(repository.path, "refs/agor/benchmark", message="benchmark"))


def _median(work: Callable[[], object]) -> float:
    times = []
    for _ in range(RUNS):
        start = time.perf_counter()
        work()
        times.append((time.perf_counter() - start) * 1000)
    return statistics.median(times)


if __name__ == "__main__":
    for row in measure():
        print(*row, sep="\t")
