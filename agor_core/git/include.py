"""Ignored files that a new worktree gets from another one: those that ``.worktreeinclude`` or the repo's list names.

The patterns are those of ``.gitignore``. Only what git ignores is taken, and nothing is written over what is there.
"""

import asyncio
import contextlib
import fcntl
import shutil
import stat
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from agor_core.git.files import at, is_there
from agor_core.git.porcelain import fields, lossy
from agor_core.git.process import attempt, git

LIST = ".worktreeinclude"
CLONE = 0x40049409
"""``FICLONE`` of Linux: the copy shares the blocks of the original, on file systems that can."""
LIST_TIMEOUT = 300.0


@dataclass(frozen=True, slots=True)
class Included:
    """The paths that were copied, and those that could not be."""

    copied: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()


async def include(source: Path, worktree: Path, patterns: Sequence[str] = ()) -> Included:
    """Copy from the working tree ``source`` what its ``.worktreeinclude``, or ``patterns``, name and git ignores.

    Raises GitFailed if the files cannot be listed.
    """
    paths = await _named(source, patterns)
    if not paths:
        return Included()
    stop = threading.Event()
    copying = asyncio.ensure_future(asyncio.to_thread(_copy_all, source, worktree, paths, stop))
    try:
        return await asyncio.shield(copying)
    except asyncio.CancelledError:
        stop.set()
        await asyncio.wait({copying})
        raise


async def _named(source: Path, patterns: Sequence[str]) -> list[bytes]:
    file = source / LIST
    excludes = [f"--exclude={pattern}" for pattern in patterns]
    if file.is_file() and not file.is_symlink():
        excludes.append(f"--exclude-from={file}")
    if not excludes:
        return []
    listed = fields(await git("ls-files", "-z", "-o", "-i", *excludes, cwd=source, timeout=LIST_TIMEOUT))
    asked = b"".join(path + b"\0" for path in listed if not path.endswith(b"/"))
    if not asked:
        return []
    ignored = await attempt("check-ignore", "-z", "--stdin", cwd=source, stdin=asked, timeout=LIST_TIMEOUT)
    return fields(ignored.stdout)


def _copy_all(source: Path, worktree: Path, paths: Sequence[bytes], stop: threading.Event) -> Included:
    copied, failed = [], []
    top = worktree.resolve()
    for path in paths:
        if stop.is_set():
            break
        target = at(worktree, path)
        if is_there(target):
            continue
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            if not target.parent.resolve().is_relative_to(top):
                raise OSError("its folder is a link that leads elsewhere")
            _copy(at(source, path), target)
            copied.append(lossy(path))
        except OSError:
            failed.append(lossy(path))
    return Included(tuple(copied), tuple(failed))


def _copy(source: Path, target: Path) -> None:
    kind = source.lstat().st_mode
    if stat.S_ISLNK(kind):
        target.symlink_to(source.readlink())
        return
    if not stat.S_ISREG(kind):
        raise OSError("it is no file")
    with source.open("rb") as theirs, target.open("xb") as ours:
        clone(theirs, ours)
    with contextlib.suppress(OSError):
        shutil.copystat(source, target)


def clone(source: BinaryIO, target: BinaryIO) -> None:
    """Write the content of one file into another, by shared blocks where the file system can."""
    try:
        fcntl.ioctl(target.fileno(), CLONE, source.fileno())
    except OSError:
        shutil.copyfileobj(source, target, 1 << 20)


def said(paths: Sequence[str], most: int = 5) -> str:
    """Some of the paths, and how many more there are."""
    more = f" and {len(paths) - most} more" if len(paths) > most else ""
    return f"{', '.join(paths[:most])}{more}"
