"""Looks at working trees again and again: where nothing changed since the last look, nothing is read and kept anew."""

import asyncio
import contextlib
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from agor_core.bounded_map import BoundedMap
from agor_core.git import checkpoints
from agor_core.git.checkpoints import Checkpoint
from agor_core.git.conversion import Conversion, conversion
from agor_core.git.files import SizeLimits, common_directory, git_directory
from agor_core.git.object_store import ObjectStore
from agor_core.git.porcelain import Pending
from agor_core.git.process import attempt
from agor_core.git.snapshot import SCRATCH, Index, list_pending

MOST = 32
"""Working trees whose last look is remembered."""
Signature = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class _Seen:
    """What a look found, and the ``index`` with which git tells whether a file has changed since."""

    checkpoint: Checkpoint
    index: Path
    signature: Signature
    conversion: Conversion


class Looks:
    """Takes checkpoints of working trees as they are now; its owner calls :meth:`close`."""

    def __init__(self) -> None:
        self._seen: BoundedMap[tuple[Path, str], _Seen] = BoundedMap(MOST)
        self._folder: Path | None = None
        self._count = 0

    async def checkpoint(self, store: ObjectStore, worktree: Path, ref: str, limits: SizeLimits) -> Checkpoint:
        """As `checkpoints.take`; the last one under this ref again where nothing changed. Raises GitFailed."""
        key = (worktree, ref)
        signature = await asyncio.to_thread(_signature, worktree)
        seen = self._seen.get(key)
        if seen is not None and seen.signature == signature and await _unchanged(seen, store, worktree, ref):
            return seen.checkpoint
        self._forget(self._seen.pop(key))
        index = self._new_file()
        settings, taken = await asyncio.gather(
            conversion(worktree), checkpoints.take(store, worktree, ref, limits=limits, remember=index)
        )
        found = _Seen(taken, index, signature, settings)
        if taken.left_out or not index.is_file() or await asyncio.to_thread(_signature, worktree) != signature:
            self._forget(found)
        else:
            for old in self._seen.put(key, found):
                self._forget(old)
        return taken

    def close(self) -> None:
        """Delete what is remembered."""
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None

    def _new_file(self) -> Path:
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix=SCRATCH))
        self._folder.mkdir(mode=0o700, exist_ok=True)
        self._count += 1
        return self._folder / str(self._count)

    def _forget(self, seen: _Seen | None) -> None:
        if seen is not None:
            seen.index.unlink(missing_ok=True)


async def _unchanged(seen: _Seen, store: ObjectStore, worktree: Path, ref: str) -> bool:
    """Whether HEAD, the files and the kept checkpoint are as they were."""
    index = Index(worktree, seen.index, seen.conversion, store, seen.checkpoint.head)
    pending, head, kept = await asyncio.gather(
        list_pending(index),
        attempt("rev-parse", "-q", "--verify", "HEAD^{commit}", cwd=worktree),
        store.attempt("rev-parse", "-q", "--verify", ref),
    )
    commits = [outcome.stdout.decode().strip() for outcome in (head, kept)]
    same_head = commits[0] == seen.checkpoint.head if seen.checkpoint.born else not commits[0]
    return pending == Pending() and same_head and commits[1] == seen.checkpoint.commit


def _signature(worktree: Path) -> Signature:
    """What decides, besides the files, what a checkpoint holds: the user's index, branch, ignored files and config."""
    own, shared = git_directory(worktree), common_directory(worktree)
    watched = [own / "index", shared / "config", own / "config.worktree", shared / "info/exclude"]
    watched += [shared / "info/attributes", own / "info/sparse-checkout"]
    branch = b""
    with contextlib.suppress(OSError):
        branch = (own / "HEAD").read_bytes()
    return (branch, *(_state(file) for file in watched))


def _state(file: Path) -> tuple[int, int, int] | None:
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns
