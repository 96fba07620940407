"""Looks at a working tree: whatever changed is found, and what did not change is not read again."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from agor_core.git import checkpoints, process
from agor_core.git.files import SizeLimits
from agor_core.git.looks import Looks
from tests.builders.checkpoint_stores import store_of
from tests.builders.repositories import Repository

REF = "refs/agor/checkpoints/s/look/now"


def _same_size(repository: Repository) -> None:
    """Another content of the same size, with the same time."""
    file = repository.path / "a.txt"
    before = file.stat()
    file.write_text(file.read_text()[::-1].strip() + "\n")
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns + 1))


def _ignored_only(repository: Repository) -> None:
    """A file that was untracked is ignored from now on."""
    (repository.path / ".git/info").mkdir(exist_ok=True)
    (repository.path / ".git/info/exclude").write_text("loose\n")


def _nested(repository: Repository) -> None:
    inner = Repository(repository.path / "inner")
    inner.path.mkdir()
    inner.git("init", "-q")
    inner.write({"x": "1\n"})


CHANGES: dict[str, Callable[[Repository], object]] = {
    "same size": _same_size,
    "a new file": lambda it: it.write({"new/file": "1\n"}),
    "an untracked file": lambda it: it.write({"loose": "other\n"}),
    "a deletion": lambda it: (it.path / "a.txt").unlink(),
    "a mode": lambda it: (it.path / "loose").chmod(0o755),
    "staged": lambda it: it.git("add", "loose"),
    "a commit of the same files": lambda it: it.git("commit", "-q", "--allow-empty", "--message=x"),
    "a branch": lambda it: it.git("switch", "-q", "-c", "other"),
    "ignored": _ignored_only,
    "nested": _nested,
    "inside of nested": lambda it: it.write({"inner/y": "2\n"}),
}


async def test_what_changed_is_found(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    looks, store = Looks(), await store_of(repository)
    ran: list[str] = []
    once = process._once

    async def counted(*arguments: str, **more: object) -> process.Outcome:
        ran.append(arguments[0])
        return await once(*arguments, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(process, "_once", counted)
    repository.write({"loose": "1\n", "a.txt": "one\n2\n"})
    for name, change in {"nothing": lambda _: None, **CHANGES}.items():
        change(repository)
        found = await looks.checkpoint(store, repository.path, REF, SizeLimits())
        fresh = await checkpoints.take(store, repository.path, "refs/agor/checkpoints/s/t/now")
        assert found == fresh, name
        ran.clear()
        again = await looks.checkpoint(store, repository.path, REF, SizeLimits())
        assert again == found, name
        assert ("write-tree" in ran) == (name in {"nested", "inside of nested"}), name
    looks.close()


async def test_what_is_not_kept_any_more_is_kept_again(repository: Repository, tmp_path: Path) -> None:
    looks, store = Looks(), await store_of(repository)
    repository.write({"loose": "1\n"})
    found = await looks.checkpoint(store, repository.path, REF, SizeLimits())
    await store.git("update-ref", "-d", REF)
    await store.git("prune", "--expire=now")
    assert await looks.checkpoint(store, repository.path, REF, SizeLimits()) == found
    await checkpoints.check_whole(store, found)
    repository.write({"large": "x" * 100})
    for size in (100, 200):
        repository.write({"large": "x" * size})
        assert (await looks.checkpoint(store, repository.path, REF, SizeLimits(file=50))).left_out == ("large",)
    looks.close()
