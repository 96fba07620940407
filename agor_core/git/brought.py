"""Ignored files of a worktree that the user's own checkout has, too: what was brought along is not lost with it."""

import filecmp
import os
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path

from agor_core.errors import GitFailed
from agor_core.git.files import at, common_directory

MOST_COMPARED = 1_000
"""Files; of more than these nothing is compared."""


def without_brought(worktree: Path, paths: Iterable[bytes]) -> list[bytes]:
    """The paths without those that are the same in the checkout; a path that ends with a slash is a whole folder."""
    listed = list(paths)
    checkout = _checkout(worktree)
    if checkout is None:
        return listed
    return [path for path in listed if not _all_same(worktree, checkout, path)]


def _all_same(worktree: Path, checkout: Path, path: bytes) -> bool:
    compared = 0
    for file in _files(at(worktree, path)):
        compared += 1
        if compared > MOST_COMPARED or not _same(file, checkout / file.relative_to(worktree)):
            return False
    return compared > 0


def _same(ours: Path, theirs: Path) -> bool:
    try:
        kinds = (ours.lstat().st_mode, theirs.lstat().st_mode)
        if all(map(stat.S_ISLNK, kinds)):
            return ours.readlink() == theirs.readlink()
        return all(map(stat.S_ISREG, kinds)) and filecmp.cmp(ours, theirs, shallow=False)
    except OSError:
        return False


def _files(path: Path) -> Iterator[Path]:
    if path.is_symlink() or not path.is_dir():
        yield path
        return
    for folder, folders, names in os.walk(path):
        links = [name for name in folders if (Path(folder) / name).is_symlink()]
        yield from (Path(folder) / name for name in [*names, *links])


def _checkout(worktree: Path) -> Path | None:
    """The main working tree of the repository; None for that itself, and where there is none."""
    try:
        shared = common_directory(worktree).resolve()
    except GitFailed:
        return None
    return shared.parent if shared.name == ".git" and shared.parent != worktree.resolve() else None
